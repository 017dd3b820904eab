/** What a host's report means for the snapshot that a VM is put back to, or that it was copied from. */
import type { VmReport } from '#libs/contracts';
import type { SnapshotEntity, Tx, VmEntity } from '../db-operator/index.js';
import type { Actor } from '../http/index.js';
import { sendAction } from '../operations/index.js';
import { isRestored } from './decide-report.js';

/** A host that is away comes back within that time, or the removal is asked for again. */
const REMOVAL_DEADLINE_MS = 3_600_000;

export async function settleSnapshots(tx: Tx, system: Actor, vm: VmEntity, report: VmReport): Promise<void> {
  if (vm.restore && isRestored(vm, report)) {
    await tx.snapshots.setCurrent(vm.id, vm.restore.snapshotId);
    await tx.vms.settleRestore(vm.id, vm.restore.restoreGeneration);
  }
  const isMade = report.observedGeneration > 0 && !report.failure?.code;
  if (vm.sourceSnapshotId && !vm.held && isMade) await dropSource(tx, system, vm);
}

/** Nobody copies from it any more. */
export async function dropSource(tx: Tx, system: Actor, vm: VmEntity): Promise<void> {
  if (!vm.sourceSnapshotId) return;
  const seen = await tx.snapshots.get(vm.sourceSnapshotId);
  await tx.vms.forgetSource(vm.id);
  if (seen && seen.state !== 'deleting') await removeSnapshot(tx, system, seen.snapshot, seen.hostId);
}

/** Asks the host to remove a snapshot; gives the id of the operation. */
export async function removeSnapshot(
  tx: Tx,
  actor: Actor,
  snapshot: SnapshotEntity,
  hostId: string,
): Promise<string> {
  const { id, name, project, vmId } = snapshot;
  await tx.snapshots.change(id, { state: 'deleting' });
  const diskIds = snapshot.disks.map((it) => it.diskId);
  return sendAction(
    tx,
    actor,
    { kind: 'snapshot', id, name, project, hostId, vmId },
    {
      kind: 'snapshot.delete',
      action: { $case: 'deleteSnapshot', value: { snapshotId: id, diskIds } },
      deadlineInMs: REMOVAL_DEADLINE_MS,
    },
  );
}
