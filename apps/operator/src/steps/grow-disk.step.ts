import { diskNodeName, growQcow2, qcow2Size } from '#libs/qemu';
import { checkDisk } from './check-disk.js';
import { diskFile } from './disk-file.js';
import { monitorOf } from './pause-resume.steps.js';
import type { StepHandler } from './step-handler.js';

const RESIZE_MS = 60_000;

/** Makes a disk larger, through the process that has it open if there is one. A disk never shrinks. */
export const growDisk: StepHandler<'grow-disk'> = {
  async needed({ diskId, sizeBytes }, context) {
    await checkDisk(context, diskId);
    return (await qcow2Size(diskFile(context, diskId))) < sizeBytes;
  },
  async carryOut({ diskId, sizeBytes }, context) {
    const { vm } = context;
    if (vm.process?.record.shape.disks.some((it) => it.diskId === diskId)) {
      const resize = { 'node-name': diskNodeName(diskId), size: sizeBytes };
      await monitorOf(context).execute('block_resize', resize, { timeoutMs: RESIZE_MS });
      return;
    }
    await growQcow2(diskFile(context, diskId), sizeBytes, { timeoutMs: RESIZE_MS });
  },
};
