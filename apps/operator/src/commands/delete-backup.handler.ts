import { rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { backupFolder, unfinishedFolder } from '../backups/backup-files.js';
import { syncFolder } from '../storage/json-file.js';
import type { CommandHandler } from './command-handler.js';

/** Removes a backup; from the first moment on it is no longer listed, and a kill leaves what the next start removes. */
export const deleteBackup: CommandHandler<'deleteBackup'> = {
  runs: 'beside',
  key: ({ backupId }) => `backup ${backupId}`,
  async carryOut({ poolId, backupId }, { host }) {
    await host.pools.mustBeThere(poolId);
    const folder = backupFolder(host.pools, poolId, backupId);
    const leaving = unfinishedFolder(host.pools, poolId, backupId);
    await rm(leaving, { recursive: true, force: true });
    await rename(folder, leaving).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
    await rm(leaving, { recursive: true, force: true });
    await syncFolder(dirname(folder));
    return undefined;
  },
};
