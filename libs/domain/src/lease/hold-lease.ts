import { TIMERS } from '../timers.js';

/** What the holder of a lease does now. */
export type HoldDecision =
  | { kind: 'renew' }
  | { kind: 'rest'; forMs: number }
  /** Its QEMU is to end: another host may soon take the lease. */
  | { kind: 'stop' };

/**
 * `renewedAtMs` is when the last renewal that succeeded was begun, by the holder's own monotonic clock: whoever reads
 * the record cannot have seen it earlier.
 */
export function decideHold(renewedAtMs: number, nowMs: number): HoldDecision {
  const age = nowMs - renewedAtMs;
  if (age >= TIMERS.leaseOwnStop) return { kind: 'stop' };
  if (age >= TIMERS.leaseRenewed) return { kind: 'renew' };
  return { kind: 'rest', forMs: TIMERS.leaseRenewed - age };
}

/** Whether QEMU may be launched, or let run, under a lease: long enough before it would have to be stopped. */
export function mayRunUnder(renewedAtMs: number | undefined, nowMs: number): boolean {
  return renewedAtMs !== undefined && nowMs - renewedAtMs < TIMERS.leaseOwnStop / 2;
}
