/**
 * The end of a QEMU process becomes a durable fact: counted once for each launch, with its reason, told at once,
 * with what QEMU and the guest said last kept beside it. Runs outside the VM's loop, so that an end is never waiting
 * behind a plan. Whoever waits for the end need wait neither for the disk nor for those last words: what he writes of
 * the VM is written after it, and a new process waits until all of it is there. An operator that is killed in between
 * counts the same end, with the same number, anew. When the storage takes nothing, the end is told all the same, and the
 * record of the process stays, so that the next operator counts it then.
 */
import { rm } from 'node:fs/promises';
import { failpoint } from '#libs/config';
import type { LastExit } from '#libs/contracts';
import { isRestarted, nextRestartAt, restartJitter, restartsAfterExit } from '#libs/domain';
import type { Host } from '../host.js';
import type { Vm } from '../reconcile/vm.js';
import { exists } from '../steps/fetch-image.step.js';
import type { ProcessRecord, StatusRecord } from '../storage/vm-records.js';
import { drawUp, keptExits } from './certificate.js';
import { describeStatus, type ExitWitnesses, exitReason } from './exit-reason.js';
import { readLogWords } from './log-files.js';

export async function recordExit(
  host: Host,
  vm: Vm,
  record: ProcessRecord,
  witnesses: ExitWitnesses,
  onCounted: () => void = () => {},
): Promise<void> {
  vm.process = undefined;
  await failpoint('operator.exit.before');
  let durable = true;
  if (vm.status.lastExitLaunchId !== record.launchId) {
    const fenced = witnesses.fenced || (await host.watchdog.takeFenced(vm.vmId));
    const known = await lookForTraces(vm, { ...witnesses, fenced });
    const change = statusAfterExit(host, vm, record, {
      ...known,
      outOfMemory: askKernel(host, record, witnesses),
    });
    host.measure.exit(change.lastExit?.reason ?? '');
    const saved = vm.saveStatus(change);
    // A step that ended it is told of at its end.
    if (vm.step === undefined) host.reporter.tell(vm);
    onCounted();
    durable = await saved.then(
      () => true,
      (error) => {
        host.logger.error({ err: error, vmId: vm.vmId }, 'the end of a process could not be recorded');
        return false;
      },
    );
  }
  await failpoint('operator.exit.recorded');
  void host.launcher.clearUp(vm.vmId);
  await certify(host, vm, record, witnesses).catch((error) => {
    host.logger.warn({ err: error, vmId: vm.vmId }, 'the last words of a process could not be kept');
  });
  if (durable) await vm.store.removeProcess();
  await rm(vm.store.paths.run, { recursive: true, force: true });
}

/** An orderly end whose last event was not heard (the monitor hung) left no pid file behind. */
async function lookForTraces(vm: Vm, witnesses: ExitWitnesses): Promise<ExitWitnesses> {
  const { shutdown, requested, fenced, status, otherBoot, unwatched } = witnesses;
  const explained =
    shutdown || requested || fenced || otherBoot || unwatched || (status && status.code !== 0);
  if (explained) return witnesses;
  const { pidFile, qemuLog } = vm.store.paths;
  return {
    ...witnesses,
    unwatched: { clearedUp: !(await exists(pidFile)), log: await readLogWords(qemuLog) },
  };
}

/** Only of an end that nothing else explains. */
function askKernel(host: Host, { identity }: ProcessRecord, witnesses: ExitWitnesses): boolean {
  const { shutdown, requested, status, otherBoot } = witnesses;
  if (!identity || shutdown || requested || otherBoot) return false;
  if (status && status.signal !== 'SIGKILL') return false;
  return host.oom.killed(identity.pid, identity.startTime, status?.signal);
}

function statusAfterExit(
  host: Host,
  vm: Vm,
  record: ProcessRecord,
  witnesses: ExitWitnesses,
): Partial<StatusRecord> {
  const atMs = host.clock.now();
  const reason = exitReason(witnesses);
  const exitSeq = (vm.status.lastExit?.exitSeq ?? 0) + 1;
  const policy = vm.desired?.restart;
  const ranMs = Math.max(0, atMs - record.launchedAtMs);
  const restarts = policy ? restartsAfterExit(policy, vm.status.restarts, ranMs) : vm.status.restarts;
  const wanted = policy && vm.desired?.power !== 'stopped' && isRestarted(policy, reason);
  host.logger.info({ vmId: vm.vmId, reason, exitSeq, ranMs }, 'a QEMU process ended');
  return {
    lastExit: {
      exitSeq,
      reason,
      atMs,
      startGeneration: record.startGeneration,
      status: describeStatus(witnesses.status),
    },
    lastExitLaunchId: record.launchId,
    restarts,
    nextRestartAtMs: wanted ? nextRestartAt(policy, atMs, restarts, restartJitter(vm.vmId, exitSeq)) : 0,
  };
}

/** Once for each exit, also when an earlier operator was killed between its record and its certificate. */
async function certify(host: Host, vm: Vm, record: ProcessRecord, witnesses: ExitWitnesses): Promise<void> {
  const exit: LastExit | undefined = vm.status.lastExit;
  const { paths } = vm.store;
  if (!exit || vm.gone) return;
  if ((await keptExits(paths.exits)).some(({ exitSeq }) => exitSeq === exit.exitSeq)) return;
  const { hostId } = host;
  const events = witnesses.events ?? [];
  await host.exits.issue(await drawUp({ hostId, vmId: vm.vmId, paths, record, exit, events }));
}
