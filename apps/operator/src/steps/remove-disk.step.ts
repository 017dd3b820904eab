import { removeDurably } from '../storage/json-file.js';
import { diskFile } from './disk-file.js';
import { exists } from './fetch-image.step.js';
import type { StepHandler } from './step-handler.js';

/** Destroys a disk. Planned only for one that the desired state names as one that nobody wants. */
export const removeDisk: StepHandler<'remove-disk'> = {
  async needed({ diskId }, context) {
    const known = context.vm.status.disks?.some((disk) => disk.diskId === diskId) ?? false;
    return known || (await exists(diskFile(context, diskId)));
  },
  async carryOut({ diskId }, context) {
    const { vm } = context;
    await removeDurably(diskFile(context, diskId));
    await vm.saveStatus({ disks: vm.status.disks?.filter((disk) => disk.diskId !== diskId) });
  },
};
