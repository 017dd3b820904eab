/**
 * Done once at the start, before anything works in a pool: disks that an earlier version kept in a folder of their VM
 * get their place, and what this host did not finish is removed. A QEMU that has such a disk open keeps it open.
 */
import { rename, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '#libs/logging';
import { syncFolder } from '../storage/json-file.js';
import { listFolder } from '../storage/paths.js';
import type { Pools } from './pools.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const DISK = /^[0-9a-f-]{36}\.qcow2$/;

export async function tidyPools(pools: Pools, logger: Logger): Promise<void> {
  for (const folder of pools.disksFolders) {
    const names = await listFolder(folder);
    for (const name of names.filter((it) => UUID.test(it))) {
      const moved = await moveUp(folder, name);
      if (moved > 0)
        logger.info({ vmId: name, disks: moved }, 'the disks of a VM got their place in the pool');
    }
    for (const name of names.filter((it) => it.endsWith(pools.unfinishedEnd))) {
      logger.info({ file: name }, 'an unfinished file was removed');
      await rm(join(folder, name), { force: true });
    }
  }
}

async function moveUp(folder: string, vmId: string): Promise<number> {
  const old = join(folder, vmId);
  const names = await listFolder(old);
  const disks = names.filter((it) => DISK.test(it));
  for (const name of disks) await rename(join(old, name), join(folder, name));
  for (const name of names.filter((it) => it.endsWith('.new'))) await rm(join(old, name), { force: true });
  await syncFolder(folder);
  // What else somebody put there stays.
  await rmdir(old).catch(() => undefined);
  return disks.length;
}
