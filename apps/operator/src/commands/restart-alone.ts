/**
 * While no observer is heard, the operator answers exits itself, by the same policy and the same fence: a repair is
 * accepted once for each exit, whoever decided it.
 */
import type { LastExit } from '#libs/contracts';
import { decideRestart } from '#libs/domain';
import type { Host } from '../host.js';
import type { Vm } from '../reconcile/vm.js';
import { acceptRepair } from './repair.handler.js';

/** True when a restart was decided. */
export async function restartAlone(host: Host, vm: Vm): Promise<boolean> {
  const exit = exitToAnswer(vm);
  if (!exit || !vm.desired || !host.beacon.alone || host.dryRun) return false;
  const { restart, generation } = vm.desired;
  const decision = decideRestart(restart, exit, vm.status.nextRestartAtMs, host.clock.now());
  if (decision.kind !== 'restart') return false;
  host.logger.warn({ why: decision.why }, 'no observer is heard: restarting alone');
  await acceptRepair(host, vm, exit.exitSeq, generation);
  return true;
}

/** The exit of a VM that should run and that nothing answered yet. Pure. */
export function exitToAnswer(vm: Pick<Vm, 'desired' | 'status' | 'process'>): LastExit | undefined {
  const { desired, status, process } = vm;
  const exit = status.lastExit;
  if (desired?.presence !== 'present' || desired.power === 'stopped') return undefined;
  if (!exit || process || status.repairExitSeq >= exit.exitSeq) return undefined;
  return desired.startGeneration > exit.startGeneration ? undefined : exit;
}
