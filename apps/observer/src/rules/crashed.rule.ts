import type { VmReport } from '#libs/contracts';
import { decideRestart } from '#libs/domain';
import { carriedOut, driftOfVm, known, type VmRule } from './rule.js';

const GONE: readonly VmReport['state'][] = ['crashed', 'crash-loop', 'stopped'];

/**
 * A VM that is to run has ended. Rests on positive evidence alone: the host itself says that the process is gone,
 * for the very generation that is desired now, and that nothing answered this exit yet. The times of an exit are the
 * host's, so what is due is decided by its clock.
 */
export const crashed: VmRule = (vm, nowMs) => {
  const site = known(vm);
  if (!site) return undefined;
  const { desired, observed } = site;
  if (desired.presence !== 'present' || desired.power === 'stopped') return undefined;
  if (!GONE.includes(observed.state)) return undefined;
  const exit = observed.lastExit;
  if (!exit || observed.repairedExitSeq >= exit.exitSeq) return undefined;
  if (!carriedOut(site) || desired.startGeneration > exit.startGeneration) return undefined;
  const { skewMs, skewedBeats } = vm.host;
  const aheadMs = skewedBeats > 0 ? skewMs : 0;
  const decision = decideRestart(desired.restart, exit, observed.nextRestartAtMs, nowMs + aheadMs);
  return driftOfVm(vm.site, {
    rule: 'crashed',
    subject: `exit-${exit.exitSeq}`,
    exitSeq: exit.exitSeq,
    expected: desired.power,
    seen: `${observed.state} (${exit.reason}${exit.status ? `, ${exit.status}` : ''})`,
    since: exit.atMs,
    decision:
      decision.kind === 'restart'
        ? { kind: 'repair', action: 'restart', why: decision.why, sightings: 1, inGrace: 'acts' }
        : decision.kind === 'wait'
          ? { ...decision, untilMs: decision.untilMs - aheadMs }
          : decision,
  });
};
