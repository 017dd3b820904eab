import type { ExitReason, LastExit, RestartPolicy } from '#libs/contracts';

/**
 * Shall a VM that ended be started again, and when? The one policy for the observer and for an operator on its own.
 *
 * The operator keeps `restarts` and `nextRestartAtMs` on disk and reports them, so that a decision is a function of
 * what is seen. The first restart is at once; each further one waits twice as long, up to MAX_BACKOFF_MS. Past the
 * crash budget the VM is in a crash loop: it is still tried, at the longest interval.
 */
export const FIRST_BACKOFF_MS = 1_000;
export const MAX_BACKOFF_MS = 300_000;
export const DEFAULT_RESTART: RestartPolicy = { policy: 'on-failure', maxRetries: 5, windowSeconds: 300 };

/** Each reason by the policies that answer it with a restart. */
const RESTARTED_BY: Readonly<Record<ExitReason, readonly RestartPolicy['policy'][]>> = {
  'guest-shutdown': ['always'],
  'guest-reset': ['always', 'on-failure'],
  requested: [],
  crash: ['always', 'on-failure'],
  killed: ['always', 'on-failure'],
  'out-of-memory': ['always', 'on-failure'],
  'host-reboot': ['always', 'on-failure'],
  'guest-panic': ['always', 'on-failure'],
  // On the same host again, once it has the lease once more.
  fenced: ['always', 'on-failure'],
};

export function isRestarted(policy: RestartPolicy, reason: ExitReason): boolean {
  return RESTARTED_BY[reason].includes(policy.policy);
}

export function isCrash(reason: ExitReason): boolean {
  return isRestarted({ ...DEFAULT_RESTART, policy: 'on-failure' }, reason);
}

/** Restarts that still count when a run of `ranMs` ended: a healthy run clears them. */
export function restartsAfterExit(policy: RestartPolicy, restarts: number, ranMs: number): number {
  return ranMs >= policy.windowSeconds * 1000 ? 0 : restarts;
}

export function isCrashLoop(policy: RestartPolicy, restarts: number): boolean {
  return restarts >= policy.maxRetries;
}

/**
 * Unix ms of the next try. `jitter` is a number in [0, 1) that is the same for the same VM and exit, so that two
 * deciders agree; it takes up to a fifth off the wait.
 */
export function nextRestartAt(
  policy: RestartPolicy,
  exitAtMs: number,
  restarts: number,
  jitter: number,
): number {
  if (isCrashLoop(policy, restarts)) return exitAtMs + Math.round(MAX_BACKOFF_MS * (1 - jitter / 5));
  if (restarts === 0) return exitAtMs;
  const wait = Math.min(FIRST_BACKOFF_MS * 2 ** (restarts - 1), MAX_BACKOFF_MS);
  return exitAtMs + Math.round(wait * (1 - jitter / 5));
}

/** An exit lies so far in the future only when the clock was set back since. */
const SET_BACK_MS = 5_000;

export type RestartDecision =
  | { kind: 'restart'; why: string }
  | { kind: 'wait'; untilMs: number; why: string }
  | { kind: 'leave'; why: string };

/** What to do about an exit that nothing answered yet. `nowMs` by the clock that the other times are of. */
export function decideRestart(
  policy: RestartPolicy,
  exit: LastExit,
  nextRestartAtMs: number,
  nowMs: number,
): RestartDecision {
  if (!isRestarted(policy, exit.reason)) {
    return { kind: 'leave', why: `policy ${policy.policy} does not answer ${exit.reason}` };
  }
  const mayWait = exit.atMs - nowMs <= SET_BACK_MS;
  if (nextRestartAtMs > nowMs && mayWait) {
    return { kind: 'wait', untilMs: nextRestartAtMs, why: 'back-off after earlier restarts' };
  }
  return { kind: 'restart', why: `policy ${policy.policy} answers ${exit.reason}` };
}

/** A number in [0, 1) that depends on the VM and the exit alone (FNV-1a). */
export function restartJitter(vmId: string, exitSeq: number): number {
  let hash = 0x811c9dc5;
  for (const char of `${vmId}/${exitSeq}`) {
    hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193) >>> 0;
  }
  return hash / 2 ** 32;
}
