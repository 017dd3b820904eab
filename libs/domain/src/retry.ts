import type { ErrorCode } from '#libs/errors';

/** Failures that an operator tries again by itself, since what stands in the way may go away without a new change. */
const RETRIED: readonly string[] = [
  'storage_full',
  'image_missing',
  'insufficient_memory',
  'unavailable',
  'pool_unavailable',
  'deadline_exceeded',
  'network_unavailable',
  'lease_held',
] satisfies ErrorCode[];

const FIRST_RETRY_MS = 2_000;
const MAX_RETRY_MS = 60_000;

/** Milliseconds until the failed generation is tried again; undefined when it is not. */
export function retryDelay(code: string, attempt: number): number | undefined {
  if (!RETRIED.includes(code)) return undefined;
  return Math.min(FIRST_RETRY_MS * 2 ** attempt, MAX_RETRY_MS);
}
