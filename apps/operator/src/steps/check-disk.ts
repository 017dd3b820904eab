import { VmanError } from '#libs/errors';
import type { Vm } from '../reconcile/vm.js';
import { exists } from './fetch-image.step.js';

/** A disk that was made here and has no file any more: a person must say what became of it. Throws `disk_missing`. */
export async function checkDisk(vm: Vm, diskId: string): Promise<void> {
  if (await exists(vm.store.paths.disk(diskId))) return;
  throw new VmanError('disk_missing', `The file of disk ${diskId} is not on its host any more.`);
}
