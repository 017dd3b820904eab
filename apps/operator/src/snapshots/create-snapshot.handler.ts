/**
 * Takes a snapshot: of the files when no machine holds them, of the disks of a live machine at one moment, or of the
 * machine with its memory. The record comes first and gets its result last, so that an attempt that was cut off is
 * found, removed and made anew; a failed one leaves nothing.
 */
import { statfs } from 'node:fs/promises';
import { failpoint } from '#libs/config';
import type { CommandResult, SnapshotResult } from '#libs/contracts';
import { totalMemoryMib } from '#libs/domain';
import { VmanError } from '#libs/errors';
import { reclaimLeaks, saveMachine, takeDiskSnapshot, takeDisks } from '#libs/qemu';
import type { ActionOf, CommandContext, CommandHandler } from '../commands/command-handler.js';
import { whileFrozen } from '../guest/while-frozen.js';
import type { Host } from '../host.js';
import type { Vm } from '../reconcile/vm.js';
import type { LiveProcess } from '../runtime/live-process.js';
import { mustNotRunElsewhere } from '../steps/must-have-lease.js';
import { bytesOf, diskSet, dropEverywhere, FILE_MS, MACHINE_MS } from './disk-set.js';
import { unsavable } from './fits.js';
import { snapshotFailure } from './snapshot-failure.js';
import { readSnapshot, removeSnapshot, type SnapshotRecord, writeSnapshot } from './snapshot-record.js';

type Order = ActionOf<'createSnapshot'>;
type Kind = SnapshotResult['consistency'];

const MIB = 1024 ** 2;
/** What stays free beside the memory of the guest. */
const MARGIN_MIB = 64;

export const createSnapshot: CommandHandler<'createSnapshot'> = {
  runs: 'after-pass',
  async carryOut(order, context) {
    const { host, vm } = context;
    if (!vm?.desired) throw new VmanError('not_found', 'The VM is not on this host.');
    const known = await readSnapshot(host, vm.vmId, order.snapshotId);
    if (known?.result) return told(known.result);
    if (vm.process && !vm.process.qmp) throw new VmanError('unavailable', 'QEMU does not answer.');
    if (!vm.process) await mustNotRunElsewhere(host, vm.desired);
    const record = recordOf(order, context, vm);
    if (known) await dropEverywhere(host, vm, record.disks, order.snapshotId);
    if (order.memory) await checkRoom(context, vm);
    await writeSnapshot(host, vm.vmId, record);
    await failpoint('operator.snapshot.intent');
    const result = await host.places.without(() => takeOrUndo(order, context, vm, record));
    await failpoint('operator.snapshot.taken');
    await writeSnapshot(host, vm.vmId, { ...record, result });
    return told(result);
  },
};

const told = (value: SnapshotResult): CommandResult => ({ of: { $case: 'snapshot', value } });

function recordOf({ snapshotId, diskIds, memory }: Order, { host }: CommandContext, vm: Vm): SnapshotRecord {
  const { desired, process } = vm.actual.process ? { desired: vm.desired, process: vm.actual.process } : vm;
  const disks = diskIds.map((diskId) => {
    const disk = desired?.disks.find((it) => it.diskId === diskId);
    if (!disk) throw new VmanError('snapshot_mismatch', `The VM has no disk ${diskId} any more.`);
    return { diskId, poolId: disk.poolId };
  });
  if (!memory) return { snapshotId, disks };
  const live = vm.actual.process;
  if (!live || !process || !desired) {
    throw new VmanError('invalid_state', 'A VM that does not run has no memory: leave it out.');
  }
  const reason = unsavable(live, desired);
  if (reason) {
    const message = `Its memory could never be restored before the next start of the VM: ${reason}.`;
    throw new VmanError('invalid_state', message);
  }
  const { accelerator } = host.qemu;
  return {
    snapshotId,
    disks,
    machine: { shape: live.shape, version: vm.status.machine?.version, accelerator },
  };
}

/** Memory fills no storage that guests write to. */
async function checkRoom({ host }: CommandContext, vm: Vm): Promise<void> {
  const process = vm.actual.process;
  const first = vm.desired?.disks[0];
  if (!process || !first) return;
  const { bavail, bsize } = await statfs(host.pools.folder(first.poolId));
  const neededMib = totalMemoryMib(process) + MARGIN_MIB;
  if ((bavail * bsize) / MIB >= neededMib) return;
  throw new VmanError('storage_full', `The memory of the VM needs ${neededMib} MiB of the pool.`);
}

async function takeOrUndo(
  order: Order,
  context: CommandContext,
  vm: Vm,
  record: SnapshotRecord,
): Promise<SnapshotResult> {
  const { host } = context;
  try {
    const before = await bytesOf(host, record.disks);
    const consistency = await take(order, context, vm, record);
    const bytes = Math.max(0, (await bytesOf(host, record.disks)) - before);
    return { bytes, consistency, atMs: host.clock.now() };
  } catch (error) {
    await undo(host, vm, record).catch((cause) => {
      host.logger.warn(
        { err: cause, vmId: vm.vmId },
        'what there is of a failed snapshot could not be removed',
      );
    });
    await removeSnapshot(host, vm.vmId, order.snapshotId);
    throw snapshotFailure(error);
  }
}

async function undo(host: Host, vm: Vm, { disks, snapshotId }: SnapshotRecord): Promise<void> {
  await dropEverywhere(host, vm, disks, snapshotId);
  for (const path of diskSet(host, vm, disks).files) await reclaimLeaks(path, { timeoutMs: FILE_MS });
}

async function take(
  order: Order,
  { host, attempt }: CommandContext,
  vm: Vm,
  { disks }: SnapshotRecord,
): Promise<Kind> {
  const { plugged, files } = diskSet(host, vm, disks);
  const name = order.snapshotId;
  if (order.memory && !vm.process) {
    throw new VmanError('invalid_state', 'QEMU ended before the memory of the VM was saved.');
  }
  for (const path of files) await takeDiskSnapshot(path, name, { timeoutMs: FILE_MS });
  const live = vm.process;
  if (!live || plugged.length === 0) return 'stopped';
  if (order.memory) {
    const saved = { name, diskIds: plugged, timeoutMs: MACHINE_MS };
    await live.alone((qmp) => saveMachine(qmp, saved));
    return 'memory';
  }
  const work = () => takeLive(live, name, plugged);
  return whileFrozen({ host, live, attempt }, order, work);
}

async function takeLive(live: LiveProcess, name: string, diskIds: string[]): Promise<void> {
  await failpoint('operator.snapshot.still');
  await live.alone((qmp) => takeDisks(qmp, { name, diskIds, timeoutMs: FILE_MS }));
}
