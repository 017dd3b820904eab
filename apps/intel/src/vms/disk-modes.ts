import type { DiskInput } from '#libs/contracts/http';
import type { DiskEntity } from '../db-operator/index.js';

type Modes = Pick<DiskEntity, 'cache' | 'discard' | 'ioLimits' | 'keepOnDelete'>;

/** The columns that a request names; what it leaves out stays as it is. */
export function diskModes(
  input: Pick<DiskInput, 'cache' | 'discard' | 'ioLimits' | 'keepOnDelete'>,
): Partial<Modes> {
  const { cache, discard, ioLimits, keepOnDelete } = input;
  return {
    ...(cache != null && { cache }),
    ...(discard != null && { discard }),
    ...(keepOnDelete != null && { keepOnDelete }),
    ...(ioLimits != null && { ioLimits: limitsOf(ioLimits) }),
  };
}

/** Null when there is no limit at all. */
function limitsOf(limits: NonNullable<DiskInput['ioLimits']>): Modes['ioLimits'] {
  const { readIops = 0, writeIops = 0, readBytesPerSecond = 0, writeBytesPerSecond = 0 } = limits;
  const all = { readIops, writeIops, readBytesPerSecond, writeBytesPerSecond };
  return Object.values(all).some((it) => it > 0) ? all : null;
}
