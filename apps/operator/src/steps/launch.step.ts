/**
 * Starts QEMU so that a kill of the operator at any moment leaves either nothing or a process that is found again:
 *
 *   1. the intent (launch id, shape, start generation) is written
 *   2. QEMU is spawned, stopped (`-S`), with the VM's UUID on its command line and a lock on its pid file
 *   3. pid and start time are durable, and the monitor is connected
 *   4. only then may `resume` let the guest run
 *
 * Killed between 1 and 3, the next operator looks the child up by its UUID; the pid file's lock keeps a second QEMU
 * from starting beside a first one that was overlooked.
 */
import { chmod, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import { delay } from '#libs/clock';
import { failpoint } from '#libs/config';
import { isAttached, shapeOf } from '#libs/domain';
import { VmanError } from '#libs/errors';
import { bootId, buildQemuArguments, type LaunchedQemu, QmpClient } from '#libs/qemu';
import type { LaunchOrder } from '../launchers/launcher.js';
import { type VmLimits, vmLimits } from '../launchers/limits.js';
import { Interrupted } from '../reconcile/to-failure.js';
import { LiveProcess } from '../runtime/live-process.js';
import { readLogWords } from '../runtime/log-files.js';
import { watchProcess } from '../runtime/watch-process.js';
import { makePrivateFolder } from '../storage/paths.js';
import type { ProcessRecord } from '../storage/vm-records.js';
import { bringImage } from './bring-image.js';
import { checkDisk } from './check-disk.js';
import { settleHardware } from './hardware.js';
import { launchFailure } from './launch-failure.js';
import { dropSeed } from './make-seed.step.js';
import { mustHaveLease } from './must-have-lease.js';
import { launchedForwards, QMP_SOCKET, qemuSpec } from './qemu-spec.js';
import type { StepContext, StepHandler, StepOf } from './step-handler.js';
import { withTaps } from './with-taps.js';

const MONITOR_MS = 15_000;
const CONFINE_MS = 20;

export const launch: StepHandler<'launch'> = {
  needed: (_, { vm }) => vm.process === undefined,

  async carryOut(step, context) {
    const { host, vm, desired, signal } = context;
    await context.wait(() => host.leases.mustHold(desired, signal));
    if (signal.aborted) throw new Interrupted('a newer change came');
    const claim = { vmId: vm.vmId, priority: desired.bootPriority ?? 0, signal };
    const leave = await context.wait(() => host.starts.enter(claim));
    try {
      await start(step, context);
    } finally {
      leave();
    }
  },

  verify(_, { vm }) {
    if (vm.process?.phase === 'hung') {
      throw new VmanError('hypervisor_error', 'QEMU started, but does not answer.');
    }
  },

  async undo(_, context) {
    const live = context.vm.process;
    if (live) {
      // Never ran as far as anybody was told: its end is no exit.
      live.leave();
      context.vm.process = undefined;
      await live.kill();
      while (await live.isRunning()) await delay(context.host.clock, 2);
    }
    await clearAway(context);
  },
};

async function start({ startGeneration }: StepOf<'launch'>, context: StepContext): Promise<void> {
  const { host, vm, desired } = context;
  const { paths } = vm.store;
  await vm.clearedUp;
  for (const { diskId } of desired.disks.filter(isAttached)) {
    await checkDisk(context, diskId);
    await bringImage(context, diskId);
  }
  // Each of them is a handful of calls that wait for nothing but the disk.
  const [hardware, logStart, boot] = await Promise.all([
    settleHardware(host, vm, desired),
    sizeOf(paths.qemuLog),
    bootId(),
    freshFolder(paths.run),
    desired.cloudInit ? undefined : dropSeed(vm),
  ]);
  const spec = qemuSpec(desired, host, hardware);
  const args = buildQemuArguments(spec);
  await host.launcher.access.grant(spec);
  const intent: ProcessRecord = {
    launchId: uuidv7(),
    startGeneration,
    shape: shapeOf(desired),
    launchedAtMs: host.clock.now(),
    bootId: boot,
  };
  mustHaveLease(context);
  await vm.store.saveIntent(intent);
  await failpoint('operator.launch.intent');
  const began = host.clock.monotonic();
  let child: LaunchedQemu | undefined;
  try {
    const limits = vmLimits(spec);
    const order = { launchId: intent.launchId, args, limits };
    child = await withTaps(context, (fds) => spawn(context, { ...order, fds }));
    await failpoint('operator.launch.spawned');
    await takeOver(context, intent, child, logStart);
    confine(context, child, limits);
  } catch (error) {
    if (child) await endChild(context, child);
    await clearAway(context);
    throw error;
  }
  host.measure.launch((host.clock.monotonic() - began) / 1000);
}

async function spawn(
  { host, vm }: StepContext,
  order: Pick<LaunchOrder, 'launchId' | 'args' | 'limits' | 'fds'>,
): Promise<LaunchedQemu> {
  try {
    const { folder, qemuLog } = vm.store.paths;
    const where = { binary: host.qemu.binary, logPath: qemuLog, cwd: folder };
    return await host.launcher.launch({ vmId: vm.vmId, ...where, ...order });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new VmanError('hypervisor_error', 'The QEMU program is not on this host.', { cause: error });
  }
}

/** Behind what somebody waits for: the kernel lets no thread of the process begin while it is moved. */
function confine({ host, vm }: StepContext, { pid, exited }: LaunchedQemu, limits: VmLimits): void {
  const timer = host.clock.setTimeout(() => void host.launcher.limit(vm.vmId, pid, limits), CONFINE_MS);
  void exited.then(() => timer.cancel());
}

/** Connects to the monitor while the identity is made durable: each takes milliseconds. */
async function takeOver(
  context: StepContext,
  intent: ProcessRecord,
  child: LaunchedQemu,
  logStart: number,
): Promise<void> {
  const { host, vm, desired } = context;
  const { paths } = vm.store;
  const gone = new AbortController();
  void child.exited.then(() => gone.abort());
  const identity = { pid: child.pid, startTime: child.startTime ?? 0, bootId: intent.bootId };
  const record = { ...intent, identity };
  const [saved, connected] = await Promise.allSettled([
    vm.store.saveProcess(record),
    QmpClient.connect(join(paths.run, QMP_SOCKET), {
      waitMs: MONITOR_MS,
      signal: gone.signal,
      measure: host.measure.qmp,
    }),
  ]);
  if (saved.status === 'rejected' || connected.status === 'rejected') {
    if (connected.status === 'fulfilled') connected.value.close();
    if (saved.status === 'rejected') throw saved.reason;
    throw launchFailure(await readLogWords(paths.qemuLog, logStart));
  }
  await failpoint('operator.launch.connected');
  vm.process = new LiveProcess(watchProcess(host, vm, record, child.exited));
  vm.process.take(connected.value, launchedForwards(desired));
  await chmod(join(paths.run, QMP_SOCKET), 0o600);
}

/** Our own child: its pid cannot belong to anybody else before we have seen its end. */
async function endChild(context: StepContext, child: LaunchedQemu): Promise<void> {
  let over = false;
  const exited = child.exited.then(() => {
    over = true;
  });
  await delay(context.host.clock, 0);
  if (!over) process.kill(child.pid, 'SIGKILL');
  await exited;
}

async function clearAway({ host, vm }: StepContext): Promise<void> {
  await host.launcher.clearUp(vm.vmId);
  await vm.store.removeProcess();
  await rm(vm.store.paths.run, { recursive: true, force: true });
}

async function freshFolder(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
  await makePrivateFolder(path);
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}
