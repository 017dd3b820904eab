/**
 * While no observer is heard, the operator answers exits itself, by the same policy and the same fence: a repair is
 * accepted once for each exit, whoever decided it. It is told like a repair of the observer, under the same name, as
 * soon as the bus takes it.
 */
import type { LastExit, RepairEvent } from '#libs/contracts';
import { decideRestart, repairId } from '#libs/domain';
import type { Host } from '../host.js';
import type { Vm } from '../reconcile/vm.js';
import { acceptRepair } from './repair.handler.js';

/** How long the answer to a repair is kept at least: the journal adds a day. */
const KEPT_MS = 60_000;

/** True when a restart was decided. */
export async function restartAlone(host: Host, vm: Vm): Promise<boolean> {
  const exit = exitToAnswer(vm);
  if (!exit || !vm.desired || !host.beacon.alone || host.dryRun) return false;
  if (host.beacon.paused(host.hostId, vm.vmId)) return false;
  const { restart, generation } = vm.desired;
  const decision = decideRestart(restart, exit, vm.status.nextRestartAtMs, host.clock.now());
  if (decision.kind !== 'restart') return false;
  host.logger.warn({ why: decision.why }, 'no observer is heard: restarting alone');
  await acceptRepair(host, vm, exit.exitSeq, generation);
  await tellDecision(host, vm, exit, `no observer is heard: ${decision.why}`);
  return true;
}

/** The journal keeps it for a bus that is away. */
async function tellDecision(host: Host, vm: Vm, exit: LastExit, reason: string): Promise<void> {
  const { hostId, clock } = host;
  const { vmId } = vm;
  const generation = vm.desired?.generation ?? 0;
  const rule = 'crashed';
  const id = repairId({ vmId, generation, rule, occasion: `${exit.exitSeq}` });
  const now = clock.now();
  const decided: RepairEvent = {
    repairId: id,
    hostId,
    vmId,
    rule,
    expected: vm.desired?.power ?? '',
    seen: exit.status ? `${exit.reason} (${exit.status})` : exit.reason,
    reason,
    generation,
    exitSeq: exit.exitSeq,
    detectedAtMs: exit.atMs,
    decidedAtMs: now,
    action: 'restart',
    origin: 'system',
    attempt: 1,
  };
  const value = { repairId: id, rule, generation, exitSeq: exit.exitSeq } as const;
  const entry = {
    command: {
      operationId: id,
      hostId,
      vmId,
      deadlineAtMs: now + KEPT_MS,
      minGeneration: generation,
      cause: { operationId: id, requestId: '', origin: 'system' },
      action: { $case: 'repair', value },
    },
    status: 'succeeded',
    attempts: 1,
    atMs: now,
    decided,
  } as const;
  host.reporter.tellCommand(entry);
  await host.journal.put(entry).catch((error) => {
    host.logger.warn({ err: error, vmId }, 'a decision could not be kept; it was told once');
  });
}

/** The exit of a VM that should run and that nothing answered yet. Pure. */
export function exitToAnswer(vm: Pick<Vm, 'desired' | 'status' | 'process'>): LastExit | undefined {
  const { desired, status, process } = vm;
  const exit = status.lastExit;
  if (desired?.presence !== 'present' || desired.power === 'stopped') return undefined;
  if (!exit || process || status.repairExitSeq >= exit.exitSeq) return undefined;
  return desired.startGeneration > exit.startGeneration ? undefined : exit;
}
