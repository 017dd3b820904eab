/**
 * Puts a VM back to a snapshot:
 *
 *   1. check-restore: everything that can be known beforehand, while the machine still runs
 *   2. (the machine is turned off)
 *   3. rewind-disks: each disk gets a snapshot of how it is, then all go back
 *   4. (launch, stopped), load-memory: the guest is where it was, and does not run yet
 *   5. the restore counts as done, durably; only then may the guest run
 *
 * Cut off anywhere before 5 it is begun anew, from the same snapshot. When a step fails, the disks become what they
 * were before, by what 3 took.
 */
import { failpoint } from '#libs/config';
import { VmanError } from '#libs/errors';
import {
  applyDiskSnapshot,
  dropDiskSnapshot,
  dropFromMachine,
  listDiskSnapshots,
  loadMachine,
  takeDiskSnapshot,
} from '#libs/qemu';
import { FILE_MS, MACHINE_MS } from '../snapshots/disk-set.js';
import { differences } from '../snapshots/fits.js';
import { snapshotFailure } from '../snapshots/snapshot-failure.js';
import { readSnapshot, type SnapshotRecord, writeSnapshot } from '../snapshots/snapshot-record.js';
import { exists } from './fetch-image.step.js';
import { foreseeVersion } from './hardware.js';
import { mustNotRunElsewhere } from './must-have-lease.js';
import { liveOf } from './plugging.js';
import type { StepContext, StepHandler } from './step-handler.js';

const FILE = { timeoutMs: FILE_MS };
const BEFORE = 'before-';

const isDue = ({ restoreGeneration }: { restoreGeneration: number }, { vm }: StepContext): boolean =>
  (vm.status.restoredGeneration ?? 0) < restoreGeneration;

export const checkRestore: StepHandler<'check-restore'> = {
  needed: () => true,
  async carryOut({ snapshotId }, context) {
    const record = await recordOf(context, snapshotId);
    const { host, vm, desired } = context;
    if (desired.restore && wasDoneElsewhere(record, desired.restore.restoreGeneration)) return;
    for (const { diskId } of record.disks) {
      if (desired.disks.some((it) => it.diskId === diskId && it.presence !== 'removed')) continue;
      throw new VmanError('snapshot_mismatch', `The VM has no disk ${diskId} any more.`);
    }
    for (const path of pathsOf(context, record)) {
      if (!(await exists(path))) throw new VmanError('disk_missing', 'The file of a disk is gone.');
      const held = await listDiskSnapshots(path, FILE);
      if (held.some((it) => it.name === snapshotId)) continue;
      throw new VmanError('snapshot_missing', 'A disk of the VM does not hold the snapshot.');
    }
    if (!desired.restore?.memory || desired.power === 'stopped') return;
    if (!record.machine) throw new VmanError('snapshot_mismatch', 'The snapshot has no memory.');
    const { shape, version, accelerator } = record.machine;
    const found = differences(shape, desired);
    const now = await foreseeVersion(host, vm, desired);
    if (version !== now) found.push(`machine version ${version} then, ${now} now`);
    if (accelerator !== host.qemu.accelerator)
      found.push(`${accelerator} then, ${host.qemu.accelerator} now`);
    if (found.length > 0) throw new VmanError('snapshot_mismatch', `${found.join('; ')}.`);
  },
};

export const rewindDisks: StepHandler<'rewind-disks'> = {
  needed: isDue,
  async carryOut({ snapshotId, restoreGeneration, last }, context) {
    const record = await recordOf(context, snapshotId);
    if (wasDoneElsewhere(record, restoreGeneration)) {
      await context.vm.saveStatus({ restoredGeneration: restoreGeneration });
      return;
    }
    await mustNotRunElsewhere(context.host, context.desired);
    const paths = pathsOf(context, record);
    const before = `${BEFORE}${restoreGeneration}`;
    for (const path of paths) {
      for (const { name } of await listDiskSnapshots(path, FILE)) {
        if (name.startsWith(BEFORE) && name !== before) await dropDiskSnapshot(path, name, FILE);
      }
      await takeDiskSnapshot(path, before, FILE);
    }
    await failpoint('operator.rewind-disks.kept');
    for (const path of paths) {
      await applyDiskSnapshot(path, snapshotId, FILE);
      await failpoint('operator.rewind-disks.one');
    }
    if (!last) return;
    for (const path of paths) await dropDiskSnapshot(path, before, FILE);
    await settle(context, record, restoreGeneration);
  },
  async undo({ snapshotId, restoreGeneration }, context) {
    if (!isDue({ restoreGeneration }, context)) return;
    const before = `${BEFORE}${restoreGeneration}`;
    for (const path of pathsOf(context, await recordOf(context, snapshotId))) {
      const held = await listDiskSnapshots(path, FILE);
      if (!held.some((it) => it.name === before)) continue;
      await applyDiskSnapshot(path, before, FILE);
      await dropDiskSnapshot(path, before, FILE);
    }
  },
};

export const loadMemory: StepHandler<'load-memory'> = {
  needed: isDue,
  async carryOut({ snapshotId, restoreGeneration }, context) {
    const record = await recordOf(context, snapshotId);
    const { disks } = record;
    const live = liveOf(context);
    const order = { diskIds: disks.map((it) => it.diskId), timeoutMs: MACHINE_MS };
    try {
      await context.wait(() => live.alone((qmp) => loadMachine(qmp, { ...order, name: snapshotId })));
    } catch (error) {
      const told = snapshotFailure(error);
      const words = told instanceof VmanError ? told.message : '';
      throw new VmanError('restore_failed', words, { cause: error });
    }
    await failpoint('operator.load-memory.loaded');
    const before = { ...order, name: `${BEFORE}${restoreGeneration}` };
    await live.alone((qmp) => dropFromMachine(qmp, before));
    await settle(context, record, restoreGeneration);
  },
};

/** Another host of a shared pool restored it, and what the guest wrote since is not to be lost. */
const wasDoneElsewhere = ({ restoredGeneration = 0 }: SnapshotRecord, restoreGeneration: number): boolean =>
  restoredGeneration >= restoreGeneration;

/** The restore counts as done, here and for the host that has the VM next. */
async function settle(
  { host, vm }: StepContext,
  record: SnapshotRecord,
  restoredGeneration: number,
): Promise<void> {
  if (record.result) await writeSnapshot(host, vm.vmId, { ...record, restoredGeneration });
  await vm.saveStatus({ restoredGeneration });
}

/** Throws `snapshot_missing` unless it is whole. */
async function recordOf({ host, vm, desired }: StepContext, snapshotId: string): Promise<SnapshotRecord> {
  const record = await readSnapshot(host, vm.vmId, snapshotId);
  if (record?.result) return record;
  const poolOf = (id: string) => desired.disks.find((it) => it.diskId === id)?.poolId;
  // Another host of a shared pool took it: the disks alone tell whether they hold it.
  if (!record && desired.restore?.memory === false) {
    const { diskIds } = desired.restore;
    return { snapshotId, disks: diskIds.map((diskId) => ({ diskId, poolId: poolOf(diskId) })) };
  }
  throw new VmanError('snapshot_missing', 'The host knows no such snapshot of the VM.');
}

const pathsOf = ({ host }: StepContext, { disks }: SnapshotRecord): string[] =>
  disks.map((it) => host.pools.diskPath(it.poolId, it.diskId));
