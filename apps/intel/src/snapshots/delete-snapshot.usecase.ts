import { Injectable } from '@nestjs/common';
import { VmanError } from '#libs/errors';
import type { Tx } from '../db-operator/index.js';
import type { Caller } from '../http/index.js';
import { removeSnapshot } from '../vms/index.js';
import { lockSnapshot } from './find-snapshot.js';
import type { ChangedSnapshot } from './snapshot-changes.js';

/** Asks the host to remove a snapshot. The row goes when the host has confirmed that. */
@Injectable()
export class DeleteSnapshot {
  async execute(tx: Tx, caller: Caller, id: string): Promise<ChangedSnapshot> {
    const { vm, seen } = await lockSnapshot(tx, caller, id);
    if (seen.state === 'restoring') {
      throw new VmanError('resource_in_use', `The VM ${vm.name} is being put back to it.`);
    }
    const users = await tx.snapshots.usersOf(id);
    if (users.length > 0) {
      throw new VmanError('resource_in_use', `Being copied from it: ${users.join(', ')}.`, {
        hint: 'Wait until the copies are made.',
      });
    }
    return { snapshotId: id, operationId: await removeSnapshot(tx, caller, seen.snapshot, vm.hostId) };
  }
}
