/** A ticket opens one thing for one host for a while: `<expires>.<host>.<hmac over what it opens, host and time>`. */
import { createHmac, timingSafeEqual } from 'node:crypto';

export const TICKET_MS = 10 * 60_000;

/** What the ticket of an upload opens; reading an image is opened by its digest. */
export const uploadSubject = (templateId: string) => `upload ${templateId}`;

export function makeTicket(key: string, subject: string, hostId: string, expiresAtMs: number): string {
  return `${expiresAtMs}.${hostId}.${sign(key, subject, hostId, String(expiresAtMs))}`;
}

export function ticketIsGood(key: string, subject: string, ticket: string, nowMs: number): boolean {
  const [expires = '', hostId = '', given = ''] = ticket.split('.');
  if (!(Number(expires) > nowMs)) return false;
  const right = Buffer.from(sign(key, subject, hostId, expires));
  const shown = Buffer.from(given);
  return right.length === shown.length && timingSafeEqual(right, shown);
}

function sign(key: string, subject: string, hostId: string, expires: string): string {
  return createHmac('sha256', key).update(`${subject}\n${hostId}\n${expires}`).digest('base64url');
}
