import { rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { failpoint } from '#libs/config';
import type { CommandHandler } from '../commands/command-handler.js';
import { exists } from '../steps/fetch-image.step.js';
import { fillDisk } from '../steps/fill-disk.js';
import { syncFolder } from '../storage/json-file.js';

/** Makes a disk that belongs to no VM. Its name appears once it is whole, so that one that is there is made. */
export const createDisk: CommandHandler<'createDisk'> = {
  runs: 'beside',
  key: ({ disk }) => `disk ${disk.diskId}`,
  async carryOut({ disk }, { host, signal }) {
    const { pools, images, paths } = host;
    await pools.mustBeThere(disk.poolId);
    const path = pools.diskPath(disk.poolId, disk.diskId);
    if (await exists(path)) return undefined;
    const { image } = disk;
    if (image && !(await exists(paths.image(image.digest)))) await images.fetch(image.digest, signal);
    const unfinished = pools.unfinishedDiskPath(disk.poolId, disk.diskId);
    await rm(unfinished, { force: true });
    try {
      await fillDisk({ host, signal, wait: (work) => work() }, disk, unfinished);
    } catch (error) {
      await rm(unfinished, { force: true });
      throw error;
    }
    await failpoint('operator.create-disk.filled');
    await rename(unfinished, path);
    await syncFolder(dirname(path));
    return undefined;
  },
};
