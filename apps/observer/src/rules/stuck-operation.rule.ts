import { VM_STATE_TABLE } from '#libs/domain';
import { converge, driftOfVm, known, type VmRule } from './rule.js';

/** For states that have no limit of their own: a change is accepted and nothing moves. */
const STUCK_MS = 60_000;

/** The host accepted the newest change and neither reached it nor failed, for longer than its state may last. */
export const stuckOperation: VmRule = (vm, nowMs) => {
  const site = known(vm);
  if (!site) return undefined;
  const { desired, observed } = site;
  const underWay =
    observed.acceptedGeneration === desired.generation && observed.observedGeneration < desired.generation;
  if (!underWay || observed.state === 'absent' || observed.state === 'unknown') return undefined;
  const limitMs = VM_STATE_TABLE[observed.state].stuckAfterMs ?? STUCK_MS;
  const since = Math.max(observed.sinceMs, desired.sinceMs);
  if (nowMs - since < limitMs) return undefined;
  return driftOfVm(vm.site, {
    rule: 'stuck-operation',
    expected: `generation ${desired.generation} reached within ${limitMs / 1000} s`,
    seen: `${observed.state} at generation ${observed.observedGeneration}`,
    since,
    decision: converge('its host is to plan anew'),
  });
};
