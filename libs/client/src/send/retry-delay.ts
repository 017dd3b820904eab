const FIRST_MS = 250;
const LONGEST_MS = 5_000;
/** A server that wants more patience than this gets none: the caller should hear of it. */
const RETRY_AFTER_MAX_SECONDS = 60;

/** Why a request did not succeed: no answer, or one with this status and `Retry-After`. */
export interface Failure {
  status?: number;
  retryAfterSeconds?: number;
}

/**
 * Milliseconds until the next try; undefined: give up. Tried again are requests without an answer, 429, 503, and 409
 * with Retry-After (the first request with this idempotency key is still at work).
 */
export function retryDelay(failure: Failure, retriesSoFar: number, random: number): number | undefined {
  const { status, retryAfterSeconds } = failure;
  const passing =
    status === undefined ||
    status === 429 ||
    status === 503 ||
    (status === 409 && retryAfterSeconds !== undefined);
  if (!passing) return undefined;
  if (retryAfterSeconds === undefined) {
    return Math.min(FIRST_MS * 2 ** retriesSoFar, LONGEST_MS) * (0.5 + random / 2);
  }
  return retryAfterSeconds <= RETRY_AFTER_MAX_SECONDS ? retryAfterSeconds * 1000 : undefined;
}

/** Seconds of a Retry-After header, which is a number or a date. */
export function retryAfterOf(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d+$/.test(header)) return Number(header);
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, (at - nowMs) / 1000);
}
