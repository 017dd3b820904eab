import { createHash } from 'node:crypto';
import type { Drift } from '#libs/domain';

/** The same for the same drift, whoever finds it: a name-based UUID (RFC 9562, version 8) over SHA-256. */
export function repairId(drift: Pick<Drift, 'vmId' | 'generation' | 'exitSeq' | 'rule'>): string {
  const name = `${drift.vmId}/${drift.generation}/${drift.exitSeq}/${drift.rule}`;
  const hex = createHash('sha256').update(name).digest('hex');
  const variant = ((Number.parseInt(hex.slice(16, 18), 16) & 0x3f) | 0x80).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(18, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
