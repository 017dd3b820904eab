/** A ticket opens one image for one host for a short while: `<expires>.<host>.<hmac over digest, host and time>`. */
import { createHmac, timingSafeEqual } from 'node:crypto';

export const TICKET_MS = 10 * 60_000;

export function makeTicket(key: string, digest: string, hostId: string, expiresAtMs: number): string {
  return `${expiresAtMs}.${hostId}.${sign(key, digest, hostId, String(expiresAtMs))}`;
}

export function ticketIsGood(key: string, digest: string, ticket: string, nowMs: number): boolean {
  const [expires = '', hostId = '', given = ''] = ticket.split('.');
  if (!(Number(expires) > nowMs)) return false;
  const right = Buffer.from(sign(key, digest, hostId, expires));
  const shown = Buffer.from(given);
  return right.length === shown.length && timingSafeEqual(right, shown);
}

function sign(key: string, digest: string, hostId: string, expires: string): string {
  return createHmac('sha256', key).update(`${digest}\n${hostId}\n${expires}`).digest('base64url');
}
