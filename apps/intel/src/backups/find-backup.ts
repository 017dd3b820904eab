import { VmanError } from '#libs/errors';
import type { BackupEntity, Tx } from '../db-operator/index.js';
import type { Caller } from '../http/index.js';

const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** By id. A foreign one is like an absent one. */
export async function findBackup(tx: Tx, caller: Caller, id: string): Promise<BackupEntity> {
  return visible(caller, UUID.test(id) ? await tx.backups.get(id) : undefined);
}

/** The same, held against other changes until the transaction ends. */
export async function lockBackup(tx: Tx, caller: Caller, id: string): Promise<BackupEntity> {
  return visible(caller, UUID.test(id) ? await tx.backups.lock(id) : undefined);
}

/** Throws invalid_state unless it can be read. */
export function checkReady({ id, state }: BackupEntity): void {
  switch (state) {
    case 'ready':
      return;
    case 'damaged':
      throw new VmanError('backup_damaged', `Backup ${id} is damaged.`);
    case 'creating':
    case 'failed':
    case 'deleting':
      throw new VmanError('invalid_state', `Backup ${id} is ${state}.`);
  }
}

function visible({ project }: Caller, backup: BackupEntity | undefined): BackupEntity {
  if (!backup || (project !== null && backup.project !== project)) {
    throw new VmanError('not_found', 'There is no such backup.');
  }
  return backup;
}
