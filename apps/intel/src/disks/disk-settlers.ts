/** What a host's answer to the work on a disk that no VM holds means for its row. */
import type { Failure } from '#libs/contracts';
import type { DiskEntity, OperationEntity, Tx } from '../db-operator/index.js';

export const settleCreateDisk = {
  succeeded: (tx: Tx, operation: OperationEntity) =>
    change(tx, operation, async () => ({ state: 'available', made: true })),
  failed: (tx: Tx, operation: OperationEntity, failure: Failure) =>
    change(tx, operation, async () => ({ state: 'failed', ...failed(failure) })),
};

export const settleGrowDisk = {
  succeeded: (tx: Tx, operation: OperationEntity) =>
    change(tx, operation, async ({ growingToBytes, sizeBytes }) => ({
      sizeBytes: growingToBytes ?? sizeBytes,
      growingToBytes: null,
    })),
  /** It has its old size, as far as anybody knows, and the room for the new one goes back. */
  failed: (tx: Tx, operation: OperationEntity) =>
    change(tx, operation, async ({ growingToBytes, sizeBytes, poolId }) => {
      if (poolId && growingToBytes) await tx.pools.release(poolId, growingToBytes - sizeBytes);
      return { growingToBytes: null };
    }),
};

export const settleRemoveDisk = {
  async succeeded(tx: Tx, { resourceId }: OperationEntity): Promise<void> {
    if (resourceId) await tx.disks.remove([resourceId]);
  },
  failed: (tx: Tx, operation: OperationEntity, failure: Failure) =>
    change(tx, operation, async () => ({ state: 'failed', ...failed(failure) })),
};

const failed = ({ code, message }: Failure) => ({ failureCode: code, failureMessage: message });

async function change(
  tx: Tx,
  { resourceId }: OperationEntity,
  decide: (disk: DiskEntity) => Promise<Partial<DiskEntity>>,
): Promise<void> {
  const disk = resourceId ? await tx.disks.lock(resourceId) : undefined;
  if (disk) await tx.disks.change(disk.id, await decide(disk));
}
