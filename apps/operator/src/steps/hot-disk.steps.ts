import { failpoint } from '#libs/config';
import { VmanError } from '#libs/errors';
import { type DiskSpec, diskDevice, diskDeviceId, diskNodes, portPlace, type QmpClient } from '#libs/qemu';
import { bringImage } from './bring-image.js';
import { checkDisk } from './check-disk.js';
import { monitorOf } from './pause-resume.steps.js';
import { liveOf, NOT_THERE, saveShape, THERE, unlessSaid } from './plugging.js';
import { diskSpec } from './qemu-spec.js';
import type { StepContext, StepHandler } from './step-handler.js';
import { unplugDevice } from './unplug-device.js';

/** Plugs a disk into a live machine. Its port is durable before QEMU opens the file. */
export const attachDisk: StepHandler<'attach-disk'> = {
  needed: ({ diskId }, { vm }) => {
    const held = vm.process?.record.shape.disks.some((it) => it.diskId === diskId);
    return !held || vm.actual.process?.missing.includes(diskId) === true;
  },
  async carryOut({ diskId, port }, context) {
    const spec = specOf(context, diskId);
    if (!spec) return;
    await checkDisk(context, diskId);
    await bringImage(context, diskId);
    await context.host.launcher.access.grantDisk(spec);
    const live = liveOf(context);
    const monitor = monitorOf(context);
    const { cache, discard } = context.desired.disks.find((it) => it.diskId === diskId) ?? {};
    const modes = { ...(cache && { cache }), ...(discard && { discard }) };
    await saveShape(context, live, (shape) => ({
      ...shape,
      disks: [...shape.disks.filter((it) => it.diskId !== diskId), { diskId, port, ...modes }],
    }));
    await failpoint('operator.attach-disk.intent');
    for (const node of diskNodes(spec)) await unlessSaid(THERE, monitor.execute('blockdev-add', node));
    await failpoint('operator.attach-disk.opened');
    const { bootIndex, ...unbooted } = spec;
    const place = portPlace(live.record.shape.machine.type, port);
    await unlessSaid(THERE, monitor.execute('device_add', diskDevice(unbooted, place)));
    await live.refresh();
  },
  verify({ diskId }, { vm }) {
    if (!vm.actual.process?.missing.includes(diskId)) return;
    throw new VmanError('hypervisor_error', 'QEMU did not take the disk.');
  },
  async undo({ diskId }, context) {
    const live = context.vm.process;
    const spec = specOf(context, diskId);
    if (!live || !spec || !context.vm.actual.process?.missing.includes(diskId)) return;
    await closeNodes(monitorOf(context), spec);
    await saveShape(context, live, (shape) => ({
      ...shape,
      disks: shape.disks.filter((it) => it.diskId !== diskId),
    }));
  },
};

/** Takes a disk out of a live machine; its file stays. */
export const detachDisk: StepHandler<'detach-disk'> = {
  needed: ({ diskId }, { vm }) => vm.process?.record.shape.disks.some((it) => it.diskId === diskId) === true,
  async carryOut({ diskId, timeoutMs }, context) {
    const live = liveOf(context);
    await unplugDevice(context, { deviceId: diskDeviceId(diskId), what: `disk ${diskId}`, timeoutMs });
    await failpoint('operator.detach-disk.unplugged');
    await closeNodes(monitorOf(context), twoLayers(diskId));
    await saveShape(context, live, (shape) => ({
      ...shape,
      disks: shape.disks.filter((it) => it.diskId !== diskId),
    }));
    await live.refresh();
  },
};

function specOf({ host, desired }: StepContext, diskId: string): DiskSpec | undefined {
  const disk = desired.disks.find((it) => it.diskId === diskId);
  return disk && diskSpec(disk, host);
}

/** A disk and perhaps an image: what is closed is known by name alone, and a node that is not there is no fault. */
const twoLayers = (id: string): DiskSpec => ({
  id,
  layers: [
    { path: '', format: 'qcow2' },
    { path: '', format: 'qcow2' },
  ],
});

async function closeNodes(monitor: QmpClient, spec: DiskSpec): Promise<void> {
  for (const node of diskNodes(spec).reverse()) {
    await unlessSaid(NOT_THERE, monitor.execute('blockdev-del', { 'node-name': node['node-name'] }));
  }
}
