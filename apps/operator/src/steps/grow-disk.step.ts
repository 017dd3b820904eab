import { VmanError } from '#libs/errors';
import { growQcow2, qcow2Size } from '#libs/qemu';
import { checkDisk } from './check-disk.js';
import type { StepHandler } from './step-handler.js';

const RESIZE_MS = 60_000;

/** Makes a disk larger while no process has it open. A disk never shrinks. */
export const growDisk: StepHandler<'grow-disk'> = {
  async needed({ diskId, sizeBytes }, { vm }) {
    await checkDisk(vm, diskId);
    return (await qcow2Size(vm.store.paths.disk(diskId))) < sizeBytes;
  },
  async carryOut({ diskId, sizeBytes }, { vm }) {
    if (vm.process) throw new VmanError('invalid_state', 'The disk is in use.');
    await growQcow2(vm.store.paths.disk(diskId), sizeBytes, { timeoutMs: RESIZE_MS });
  },
};
