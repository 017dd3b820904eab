import type { BackupView } from '#libs/contracts/http';
import type { Version } from '../http/index.js';
import { backupView } from './backup-view.js';
import { findBackup } from './find-backup.js';

export const backupVersion: Version<BackupView> = {
  noun: 'backup',
  read: async (tx, caller, id) => backupView(await findBackup(tx, caller, id)),
  rows: ({ id }) => [{ table: 'backups', id }],
  counts: (backup) => backup,
};
