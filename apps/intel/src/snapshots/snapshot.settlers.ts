import type { CommandResult, Failure, SnapshotConsistency } from '#libs/contracts';
import type { OperationEntity, SeenSnapshot, Tx } from '../db-operator/index.js';
import { sendAction } from '../operations/send-action.js';

const SYSTEM = { name: 'system', tokenId: null, address: '', origin: 'system' } as const;
const AGAIN_MS = 3_600_000;

const snapshotOf = (tx: Tx, { resourceId }: OperationEntity): Promise<SeenSnapshot | undefined> =>
  resourceId ? tx.snapshots.get(resourceId) : Promise.resolve(undefined);

export const settleCreation = {
  async succeeded(tx: Tx, operation: OperationEntity, result: CommandResult | undefined): Promise<void> {
    const seen = await snapshotOf(tx, operation);
    if (!seen || result?.of?.$case !== 'snapshot') return;
    const { bytes, consistency, atMs } = result.of.value;
    const { id, vmId, temporary } = seen.snapshot;
    await tx.snapshots.change(id, {
      state: 'ready',
      bytes,
      consistency: consistency as SnapshotConsistency,
      takenAt: new Date(atMs),
    });
    if (!temporary) await tx.snapshots.setCurrent(vmId, id);
    for (const vm of await tx.vms.waitingFor(id)) {
      await tx.vms.release(vm.id);
      await tx.outbox.desired(vm.hostId, vm.id);
    }
  },
  async failed(tx: Tx, operation: OperationEntity, { code, message }: Failure): Promise<void> {
    const seen = await snapshotOf(tx, operation);
    if (!seen) return;
    const { snapshot } = seen;
    await tx.snapshots.change(snapshot.id, { state: 'failed', failureCode: code, failureMessage: message });
    for (const vm of await tx.vms.waitingFor(snapshot.id)) {
      await tx.operations.finish(vm.causeOperationId, { status: 'failed', code, message });
      const generation = vm.generation + 1;
      const gone = { generation, presence: 'deleted', desiredPower: 'stopped', held: false } as const;
      await tx.vms.change(vm.id, vm.generation, gone);
      await tx.outbox.desired(vm.hostId, vm.id);
    }
    // The host may be at it still, and answer nobody any more.
    if (code === 'deadline_exceeded' || snapshot.temporary) await removeAgain(tx, operation, seen);
  },
};

export const settleRemoval = {
  async succeeded(tx: Tx, operation: OperationEntity): Promise<void> {
    const seen = await snapshotOf(tx, operation);
    if (seen) await tx.snapshots.remove(seen.snapshot);
  },
  async failed(tx: Tx, operation: OperationEntity, { code, message }: Failure): Promise<void> {
    const seen = await snapshotOf(tx, operation);
    if (!seen) return;
    await tx.snapshots.change(seen.snapshot.id, {
      state: 'failed',
      failureCode: code,
      failureMessage: message,
    });
    // Nobody sees a temporary one, so nobody would ask for it.
    if (seen.snapshot.temporary && code === 'deadline_exceeded') await removeAgain(tx, operation, seen);
  },
};

async function removeAgain(
  tx: Tx,
  operation: OperationEntity,
  { snapshot, hostId }: SeenSnapshot,
): Promise<void> {
  const { id, name, project, vmId, disks } = snapshot;
  const value = { snapshotId: id, diskIds: disks.map((it) => it.diskId) };
  await sendAction(
    tx,
    { ...SYSTEM, requestId: operation.requestId },
    { kind: 'snapshot', id, name, project, hostId, vmId },
    { kind: 'snapshot.delete', action: { $case: 'deleteSnapshot', value }, deadlineInMs: AGAIN_MS },
  );
}
