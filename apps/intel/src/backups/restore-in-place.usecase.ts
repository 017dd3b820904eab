/**
 * Puts the disks of a backup into the VM that it was made of. The new disks are made beside the old ones while the VM
 * goes on; only when all of them are whole and checked does the VM change over, by a restart when it runs, and only
 * when that has succeeded are the old ones removed. A restore that fails has changed nothing.
 */
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { VmanError } from '#libs/errors';
import { newDisk, type Tx } from '../db-operator/index.js';
import type { Caller } from '../http/index.js';
import { type ChangedVm, changeDesired, lockPresentVm, placeDisks } from '../vms/index.js';
import { checkReady, lockBackup } from './find-backup.js';
import { poolOfHost } from './reach-pool.js';
import { restoredDisk } from './restore-new-vm.usecase.js';

@Injectable()
export class RestoreInPlace {
  async execute(tx: Tx, caller: Caller, id: string, pool: string | undefined): Promise<ChangedVm> {
    const { vmId } = await lockBackup(tx, caller, id);
    const { vm } = await lockPresentVm(tx, caller, vmId);
    const backup = await lockBackup(tx, caller, id);
    checkReady(backup);
    await poolOfHost(tx, vm.hostId, backup.poolId);
    const parts = await tx.parts.of(vm.id);
    const all = [...parts.disks, ...parts.leavingDisks];
    if (all.some((it) => it.presence === 'restoring')) {
      throw new VmanError('invalid_state', 'The VM is being restored already.', {
        hint: 'Wait for the end of that operation.',
      });
    }
    const generation = vm.generation + 1;
    const poolOf = (diskId: string) => pool ?? all.find((it) => it.id === diskId)?.poolId ?? undefined;
    const storage = backup.disks.map((it) => ({ pool: poolOf(it.id), bytes: it.sizeBytes }));
    const poolIds = await placeDisks(tx, vm.hostId, storage);
    const position = Math.max(-1, ...all.map((it) => it.position)) + 1;
    await tx.parts.insertDisks(
      backup.disks.map((disk, index) =>
        newDisk({
          ...restoredDisk(disk, backup),
          id: uuidv7(),
          vmId: vm.id,
          project: vm.project,
          hostId: vm.hostId,
          poolId: poolIds[index] ?? null,
          position: position + index,
          presence: 'restoring',
          presenceGeneration: generation,
        }),
      ),
    );
    const operationId = await changeDesired(tx, caller, vm, {
      kind: 'backup.restore',
      reason: `backup ${backup.id}`,
    });
    // It ends when the disks have changed over, which is another change.
    await tx.operations.setGeneration(operationId, null);
    return { vmId: vm.id, operationId };
  }
}
