import { rename, rm, rmdir } from 'node:fs/promises';
import { VmanError } from '#libs/errors';
import { writeOverlay } from '#libs/qemu';
import { removeDurably, syncFolder } from '../storage/json-file.js';
import { makePrivateFolder } from '../storage/paths.js';
import { exists } from './fetch-image.step.js';
import type { StepHandler } from './step-handler.js';

/** Makes a disk: empty, or upon its image. The name appears only once the disk is whole. */
export const createDisk: StepHandler<'create-disk'> = {
  async needed({ diskId }, { vm }) {
    return !(await exists(vm.store.paths.disk(diskId)));
  },
  async carryOut({ diskId }, { host, vm, desired }) {
    const disk = desired.disks.find((it) => it.diskId === diskId);
    if (!disk) return;
    const path = vm.store.paths.disk(diskId);
    const unfinished = `${path}.new`;
    const base = disk.image && {
      backingFile: host.paths.image(disk.image.digest),
      backingFormat: disk.image.format,
    };
    if (base && !(await exists(base.backingFile))) {
      throw new VmanError('image_missing', `The image of disk ${diskId} is not on this host.`);
    }
    await makePrivateFolder(vm.store.paths.disks);
    await syncFolder(host.paths.disks);
    await rm(unfinished, { force: true });
    await writeOverlay({
      path: unfinished,
      sizeBytes: Math.max(disk.sizeBytes, disk.image?.virtualBytes ?? 0),
      ...base,
    });
    await rename(unfinished, path);
    await syncFolder(vm.store.paths.disks);
  },
  async undo({ diskId }, { vm }) {
    // A later step of the plan failed, but this disk is in the machine.
    if (vm.process?.record.shape.disks.some((it) => it.diskId === diskId)) return;
    await removeDurably(vm.store.paths.disk(diskId));
    await rmdir(vm.store.paths.disks).catch(() => undefined);
  },
};
