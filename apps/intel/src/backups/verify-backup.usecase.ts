import { Injectable } from '@nestjs/common';
import { VmanError } from '#libs/errors';
import type { Tx } from '../db-operator/index.js';
import type { Caller } from '../http/index.js';
import { sendAction } from '../operations/index.js';
import { BACKUP_DEADLINE_MS, type ChangedBackup } from './backup-changes.js';
import { lockBackup } from './find-backup.js';
import { hostOfPool } from './reach-pool.js';

/** Lets a host read a backup, with all that it adds to, and compare it with its checksums. */
@Injectable()
export class VerifyBackup {
  async execute(tx: Tx, caller: Caller, id: string): Promise<ChangedBackup> {
    const { vmName: name, project, poolId, state, hostId: maker } = await lockBackup(tx, caller, id);
    if (state !== 'ready' && state !== 'damaged') {
      throw new VmanError('invalid_state', `Backup ${id} is ${state}.`);
    }
    const hostId = await hostOfPool(tx, poolId, maker);
    const operationId = await sendAction(
      tx,
      caller,
      { kind: 'backup', id, name, project, hostId },
      {
        kind: 'backup.verify',
        action: { $case: 'verifyBackup', value: { backupId: id, poolId } },
        deadlineInMs: BACKUP_DEADLINE_MS,
      },
    );
    return { backupId: id, operationId };
  }
}
