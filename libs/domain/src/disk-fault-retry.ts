/**
 * When may a guest that stands still because of a disk try again? Pure; the operator asks every few seconds.
 *
 * A full storage is tried again soon after there is space, and now and then also without (a quota or a thin pool is
 * full where the file system shows space, and the other way round). Any other refusal of the host is tried with much
 * more patience. Each try that ended in the same refusal doubles the wait.
 */
import type { DiskFaultKind } from '#libs/contracts';

/** Below this a guest would only run into the wall again. */
export const SPACE_TO_RESUME_BYTES = 16 * 1024 * 1024;
const NO_SPACE_FIRST_MS = 1_000;
const NO_SPACE_MAX_MS = 30_000;
const NO_SPACE_BLIND_MS = 60_000;
const IO_ERROR_FIRST_MS = 10_000;
const IO_ERROR_MAX_MS = 300_000;

export interface StoppedGuest {
  kinds: DiskFaultKind[];
  /** Tries since it last ran well. */
  retries: number;
  /** How long it has stood still since the last try. */
  stoppedMs: number;
  /** Of the storage; undefined when unknown. */
  freeBytes: number | undefined;
}

export function mayRetryDisks({ kinds, retries, stoppedMs, freeBytes }: StoppedGuest): boolean {
  if (kinds.some((kind) => kind !== 'no-space') || kinds.length === 0) {
    return stoppedMs >= backOff(IO_ERROR_FIRST_MS, IO_ERROR_MAX_MS, retries);
  }
  if (stoppedMs >= NO_SPACE_BLIND_MS) return true;
  const space = freeBytes !== undefined && freeBytes >= SPACE_TO_RESUME_BYTES;
  return space && stoppedMs >= backOff(NO_SPACE_FIRST_MS, NO_SPACE_MAX_MS, retries);
}

function backOff(firstMs: number, maxMs: number, retries: number): number {
  return Math.min(firstMs * 2 ** Math.min(retries, 20), maxMs);
}
