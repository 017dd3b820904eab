import { rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { VmanError } from '#libs/errors';
import { writeOverlay } from '#libs/qemu';
import { removeDurably, syncFolder } from '../storage/json-file.js';
import { diskFile } from './disk-file.js';
import { exists } from './fetch-image.step.js';
import type { StepHandler } from './step-handler.js';

/** Makes a disk: empty, or upon its image. The name appears only once the disk is whole. */
export const createDisk: StepHandler<'create-disk'> = {
  async needed({ diskId }, context) {
    return !(await exists(diskFile(context, diskId)));
  },
  async carryOut({ diskId }, { host, desired }) {
    const disk = desired.disks.find((it) => it.diskId === diskId);
    if (!disk) return;
    const base = disk.image && {
      backingFile: host.paths.image(disk.image.digest),
      backingFormat: disk.image.format,
    };
    if (base && !(await exists(base.backingFile))) {
      throw new VmanError('image_missing', `The image of disk ${diskId} is not on this host.`);
    }
    await host.pools.mustBeThere(disk.poolId);
    const path = host.pools.diskPath(disk.poolId, diskId);
    const unfinished = host.pools.unfinishedDiskPath(disk.poolId, diskId);
    await rm(unfinished, { force: true });
    await writeOverlay({
      path: unfinished,
      sizeBytes: Math.max(disk.sizeBytes, disk.image?.virtualBytes ?? 0),
      ...base,
    });
    await rename(unfinished, path);
    await syncFolder(dirname(path));
  },
  async undo({ diskId }, context) {
    // A later step of the plan failed, but this disk is in the machine.
    if (context.vm.process?.record.shape.disks.some((it) => it.diskId === diskId)) return;
    await removeDurably(diskFile(context, diskId));
  },
};
