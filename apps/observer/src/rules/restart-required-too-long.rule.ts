import { driftOfVm, known, type VmRule } from './rule.js';

export const RESTART_WAITS_MS = 24 * 3_600_000;

/** A change waits for the next start of the guest, and nobody restarted it for a day. */
export const restartRequiredTooLong: VmRule = (vm, nowMs) => {
  const site = known(vm);
  if (!site) return undefined;
  const { restartRequired, restartRequiredSinceMs: since } = site.observed;
  if (restartRequired.length === 0 || nowMs - since < RESTART_WAITS_MS) return undefined;
  return driftOfVm(vm.site, {
    rule: 'restart-required-too-long',
    expected: 'restarted within a day of the change',
    seen: `these wait for the next start: ${restartRequired.join(', ')}`,
    since,
    decision: { kind: 'leave', why: 'a restart interrupts the guest: it is its owner’s to choose the time' },
  });
};
