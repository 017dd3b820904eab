/** What a host's answer about a file that no row knew means. The next sweep sees what became of the file itself. */
import type { Failure } from '#libs/contracts';
import type { OperationEntity, Tx } from '../db-operator/index.js';

export const settlePurge = {
  async succeeded(tx: Tx, { resourceId }: OperationEntity): Promise<void> {
    if (resourceId) await tx.strayDisks.forget(resourceId);
  },
  async failed(): Promise<void> {},
};

export const settleReturn = {
  async succeeded(tx: Tx, { resourceId }: OperationEntity): Promise<void> {
    if (!resourceId) return;
    await tx.strayDisks.forget(resourceId);
    const disk = await tx.disks.lock(resourceId);
    if (!disk || disk.made || (disk.state !== 'creating' && disk.state !== 'failed')) return;
    await tx.disks.change(disk.id, {
      state: 'available',
      made: true,
      failureCode: '',
      failureMessage: '',
    });
  },
  async failed(tx: Tx, { resourceId }: OperationEntity, { code, message }: Failure): Promise<void> {
    const disk = resourceId ? await tx.disks.lock(resourceId) : undefined;
    if (disk?.vmId !== null || disk.state !== 'creating') return;
    await tx.disks.change(disk.id, { state: 'failed', failureCode: code, failureMessage: message });
  },
};
