import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '#libs/logging';
import type { Pools } from '../pools/pools.js';
import { listFolder } from '../storage/paths.js';
import { backupsFolder } from './backup-files.js';

/** Removes what this host did not finish, once at its start; a command that is still wanted begins anew. */
export async function tidyBackups(pools: Pools, logger: Logger): Promise<void> {
  for (const { poolId } of pools.reports.filter((it) => it.available)) {
    const folder = backupsFolder(pools.folder(poolId));
    for (const name of (await listFolder(folder)).filter((it) => it.endsWith(pools.unfinishedEnd))) {
      logger.info({ file: name }, 'an unfinished backup was removed');
      await rm(join(folder, name), { recursive: true, force: true });
    }
  }
}
