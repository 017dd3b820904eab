import { VmanError } from '#libs/errors';
import { diskBackendPath } from '#libs/qemu';
import { monitorOf } from './pause-resume.steps.js';
import { liveOf, saveShape } from './plugging.js';
import type { StepHandler } from './step-handler.js';

/** Tells a disk of a live machine what it may do at most. It is durable afterwards: told twice, nothing changes. */
export const limitDisk: StepHandler<'limit-disk'> = {
  needed: ({ diskId }, { vm }) => vm.process?.record.shape.disks.some((it) => it.diskId === diskId) === true,
  async carryOut({ diskId, limits }, context) {
    const live = liveOf(context);
    if (live.plugged.missing.includes(diskId)) {
      throw new VmanError('unavailable', 'The guest is letting go of the disk.');
    }
    await monitorOf(context).execute('block_set_io_throttle', {
      id: diskBackendPath(diskId),
      bps: 0,
      bps_rd: limits.readBytesPerSecond,
      bps_wr: limits.writeBytesPerSecond,
      iops: 0,
      iops_rd: limits.readIops,
      iops_wr: limits.writeIops,
    });
    await saveShape(context, live, (shape) => ({
      ...shape,
      disks: shape.disks.map((it) => (it.diskId === diskId ? { ...it, limits } : it)),
    }));
  },
};
