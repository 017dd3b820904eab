import { Injectable } from '@nestjs/common';
import { VmanError } from '#libs/errors';
import type { BackupEntity, Tx } from '../db-operator/index.js';
import type { Caller } from '../http/index.js';
import { sendAction } from '../operations/index.js';
import { BACKUP_DEADLINE_MS, type ChangedBackup } from './backup-changes.js';
import { lockBackup } from './find-backup.js';
import { hostOfPool } from './reach-pool.js';

/** Removes a backup, and with `cascade` those that add to it: without it they would be worthless. */
@Injectable()
export class DeleteBackup {
  async execute(
    tx: Tx,
    caller: Caller,
    id: string,
    how: 'alone' | 'with-dependents',
  ): Promise<ChangedBackup> {
    const backup = await lockBackup(tx, caller, id);
    const dependents = await tx.backups.dependents(id);
    if (dependents.length > 0 && how === 'alone') {
      const names = dependents.map((it) => it.id).join(', ');
      throw new VmanError('resource_in_use', `Other backups add to it: ${names}.`, {
        hint: 'Delete those first, or use `?cascade=true`.',
      });
    }
    for (const each of [backup, ...dependents]) checkIdle(each);
    const hostId = await hostOfPool(tx, backup.poolId, backup.hostId);
    for (const each of dependents.reverse()) await this.send(tx, caller, each, hostId);
    return { backupId: id, operationId: await this.send(tx, caller, backup, hostId) };
  }

  private async send(tx: Tx, caller: Caller, backup: BackupEntity, hostId: string): Promise<string> {
    await tx.backups.change(backup.id, { state: 'deleting' });
    const { id, vmName: name, project, poolId } = backup;
    return sendAction(
      tx,
      caller,
      { kind: 'backup', id, name, project, hostId },
      {
        kind: 'backup.delete',
        action: { $case: 'deleteBackup', value: { backupId: id, poolId } },
        deadlineInMs: BACKUP_DEADLINE_MS,
      },
    );
  }
}

function checkIdle({ id, state }: BackupEntity): void {
  if (state === 'creating') {
    throw new VmanError('invalid_state', `Backup ${id} is being made.`, { hint: 'Cancel its operation.' });
  }
}
