import { removeDurably } from '../storage/json-file.js';
import { exists } from './fetch-image.step.js';
import type { StepHandler } from './step-handler.js';

/** Destroys a disk. Planned only for a VM whose desired state is `deleted`. */
export const removeDisk: StepHandler<'remove-disk'> = {
  async needed({ diskId }, { vm }) {
    const known = vm.status.disks?.some((disk) => disk.diskId === diskId) ?? false;
    return known || (await exists(vm.store.paths.disk(diskId)));
  },
  async carryOut({ diskId }, { vm }) {
    await removeDurably(vm.store.paths.disk(diskId));
    await vm.saveStatus({ disks: vm.status.disks?.filter((disk) => disk.diskId !== diskId) });
  },
};
