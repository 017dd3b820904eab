import { rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { failpoint } from '#libs/config';
import { removeDurably, syncFolder } from '../storage/json-file.js';
import { diskFile } from './disk-file.js';
import { exists } from './fetch-image.step.js';
import { fillDisk } from './fill-disk.js';
import type { StepHandler } from './step-handler.js';

/** Makes a disk: empty, upon its image, or a copy. The name appears only once the disk is whole. */
export const createDisk: StepHandler<'create-disk'> = {
  async needed({ diskId }, context) {
    return !(await exists(diskFile(context, diskId)));
  },
  async carryOut({ diskId }, context) {
    const { host, desired } = context;
    const disk = desired.disks.find((it) => it.diskId === diskId);
    if (!disk) return;
    await host.pools.mustBeThere(disk.poolId);
    const path = host.pools.diskPath(disk.poolId, diskId);
    const unfinished = host.pools.unfinishedDiskPath(disk.poolId, diskId);
    await rm(unfinished, { force: true });
    try {
      await fillDisk(context, disk, unfinished);
    } catch (error) {
      await rm(unfinished, { force: true });
      throw error;
    }
    await failpoint('operator.create-disk.filled');
    await rename(unfinished, path);
    await syncFolder(dirname(path));
  },
  async undo({ diskId }, context) {
    // A later step of the plan failed, but this disk is in the machine.
    if (context.vm.process?.record.shape.disks.some((it) => it.diskId === diskId)) return;
    await removeDurably(diskFile(context, diskId));
  },
};
