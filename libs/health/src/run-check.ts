import type { CheckOutcome, HealthCheck } from './health-check.js';

/** A probe waits a few seconds at most; an answer that comes later is as bad as none. */
const CHECK_LIMIT_MS = 3000;

/** What the check found; a throw or a late answer is not ok. Never rejects. */
export async function runCheck(check: HealthCheck, limitMs = CHECK_LIMIT_MS): Promise<CheckOutcome> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<CheckOutcome>((resolve) => {
    timer = setTimeout(() => resolve({ ok: false, message: `no answer within ${limitMs} ms` }), limitMs);
  });
  try {
    return await Promise.race([check.run(), late]);
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : 'failed' };
  } finally {
    clearTimeout(timer);
  }
}
