import { removeDurably } from '../storage/json-file.js';
import { exists } from './fetch-image.step.js';
import type { StepHandler } from './step-handler.js';

/** Destroys a disk. Planned only for a VM whose desired state is `deleted`. */
export const removeDisk: StepHandler<'remove-disk'> = {
  needed({ diskId }, { vm }) {
    return exists(vm.store.paths.disk(diskId));
  },
  carryOut({ diskId }, { vm }) {
    return removeDurably(vm.store.paths.disk(diskId));
  },
};
