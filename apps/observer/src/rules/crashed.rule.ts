import type { DesiredVm, VmReport } from '#libs/contracts';
import { type Drift, decideRestart } from '#libs/domain';

/**
 * A VM that is to run has ended. Rests on positive evidence alone: the host itself says that the process is gone,
 * for the very generation that is desired now, and that nothing answered this exit yet.
 */
export function crashed(desired: DesiredVm, observed: VmReport, nowMs: number): Drift | undefined {
  if (desired.presence !== 'present' || desired.power === 'stopped') return undefined;
  if (!GONE.includes(observed.state)) return undefined;
  const exit = observed.lastExit;
  if (!exit || observed.repairedExitSeq >= exit.exitSeq) return undefined;
  const underWay =
    observed.acceptedGeneration !== desired.generation ||
    observed.observedGeneration !== desired.generation ||
    desired.startGeneration > exit.startGeneration;
  if (underWay) return undefined;
  const decision = decideRestart(desired.restart, exit, observed.nextRestartAtMs, nowMs);
  return {
    rule: 'crashed',
    vmId: desired.vmId,
    hostId: desired.hostId,
    generation: desired.generation,
    exitSeq: exit.exitSeq,
    expected: desired.power,
    seen: `${observed.state} (${exit.reason}${exit.status ? `, ${exit.status}` : ''})`,
    since: exit.atMs,
    decision: decision.kind === 'restart' ? { kind: 'repair', why: decision.why } : decision,
  };
}

const GONE: readonly VmReport['state'][] = ['crashed', 'crash-loop', 'stopped'];
