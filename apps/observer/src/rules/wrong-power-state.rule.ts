import { converge, converged, driftOfVm, known, type VmRule } from './rule.js';

/** The host's own end of a change and the row about it are this far apart at most. */
const SETTLE_MS = 2_000;

/** A guest stands still that is to turn, or turns that is to stand still, though the last change is done. */
export const wrongPowerState: VmRule = (vm, nowMs) => {
  const site = known(vm);
  if (!site || !converged(site)) return undefined;
  const { desired, observed } = site;
  if (desired.presence !== 'present') return undefined;
  const still = desired.power === 'running' && observed.state === 'paused' && observed.reason !== 'io-error';
  const turns = desired.power === 'paused' && observed.state === 'running';
  if (!still && !turns) return undefined;
  const untilMs = observed.sinceMs + SETTLE_MS;
  return driftOfVm(vm.site, {
    rule: 'wrong-power-state',
    expected: desired.power,
    seen: observed.reason ? `${observed.state} (${observed.reason})` : observed.state,
    since: observed.sinceMs,
    decision:
      untilMs > nowMs
        ? { kind: 'wait', untilMs, why: 'it may be the host’s own doing, a moment ago' }
        : converge(`the desired state says ${desired.power}`),
  });
};
