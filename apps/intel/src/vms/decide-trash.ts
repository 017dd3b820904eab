import type { VmEntity } from '../db-operator/index.js';

type Facts = Pick<VmEntity, 'presence' | 'purgeAt' | 'expiresAt' | 'deletionProtection'>;

/** What is to be done with a VM whose time may be over. Pure. */
export function decideTrash(
  { presence, purgeAt, expiresAt, deletionProtection }: Facts,
  now: number,
): 'purge' | 'expire' | 'nothing' {
  if (presence !== 'present') return 'nothing';
  if (purgeAt) return purgeAt.getTime() <= now ? 'purge' : 'nothing';
  const expired = expiresAt !== null && expiresAt.getTime() <= now;
  return expired && !deletionProtection ? 'expire' : 'nothing';
}
