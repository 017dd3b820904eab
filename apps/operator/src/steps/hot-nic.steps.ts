import { failpoint } from '#libs/config';
import { VmanError } from '#libs/errors';
import { netdevId, nicDevice, nicDeviceId, nicNetdev, portPlace, type QmpClient } from '#libs/qemu';
import { monitorOf } from './pause-resume.steps.js';
import { liveOf, NOT_THERE, saveShape, THERE, unlessSaid } from './plugging.js';
import { nicSpec } from './qemu-spec.js';
import type { StepContext, StepHandler } from './step-handler.js';
import { unplugDevice } from './unplug-device.js';

/** Plugs a NIC into a live machine. Its forwards are steps of their own. */
export const attachNic: StepHandler<'attach-nic'> = {
  needed: ({ nicId }, { vm }) => {
    const held = vm.process?.record.shape.nics.some((it) => it.nicId === nicId);
    return !held || vm.actual.process?.missing.includes(nicId) === true;
  },
  async carryOut({ nicId, port }, context) {
    const nic = context.desired.nics.find((it) => it.nicId === nicId);
    if (!nic) return;
    const { mac, kind } = nic;
    const live = liveOf(context);
    const monitor = monitorOf(context);
    await saveShape(context, live, (shape) => ({
      ...shape,
      nics: [...shape.nics.filter((it) => it.nicId !== nicId), { nicId, mac, kind, port }],
    }));
    await failpoint('operator.attach-nic.intent');
    const spec = nicSpec({ ...nic, forwards: [] }, passedTap(nicId));
    // A backend that is there already, from before a kill, has the tap.
    if (spec.backend.kind === 'user' || (await passTap(nicId, monitor, context))) {
      await unlessSaid(THERE, monitor.execute('netdev_add', nicNetdev(spec)));
    }
    await failpoint('operator.attach-nic.backed');
    const place = portPlace(live.record.shape.machine.type, port);
    await unlessSaid(THERE, monitor.execute('device_add', nicDevice(spec, place)));
    await live.refresh();
  },
  verify({ nicId }, { vm }) {
    if (!vm.actual.process?.missing.includes(nicId)) return;
    throw new VmanError('hypervisor_error', 'QEMU did not take the NIC.');
  },
  async undo({ nicId }, context) {
    const live = context.vm.process;
    if (!live || !context.vm.actual.process?.missing.includes(nicId)) return;
    const monitor = monitorOf(context);
    await unlessSaid(NOT_THERE, monitor.execute('netdev_del', { id: netdevId(nicId) }));
    await unlessSaid(NOT_THERE, monitor.execute('closefd', { fdname: passedTap(nicId) }));
    await saveShape(context, live, (shape) => ({
      ...shape,
      nics: shape.nics.filter((it) => it.nicId !== nicId),
    }));
  },
};

/** Takes a NIC out of a live machine; its backend goes only after the device, or the guest keeps a dead one. */
export const detachNic: StepHandler<'detach-nic'> = {
  needed: ({ nicId }, { vm }) => vm.process?.record.shape.nics.some((it) => it.nicId === nicId) === true,
  async carryOut({ nicId, timeoutMs }, context) {
    const live = liveOf(context);
    await unplugDevice(context, { deviceId: nicDeviceId(nicId), what: `NIC ${nicId}`, timeoutMs });
    await unlessSaid(NOT_THERE, monitorOf(context).execute('netdev_del', { id: netdevId(nicId) }));
    await saveShape(context, live, (shape) => ({
      ...shape,
      nics: shape.nics.filter((it) => it.nicId !== nicId),
    }));
    await live.refresh();
  },
};

/** What QEMU calls the tap of a NIC, from when it is passed until a backend takes it. */
const passedTap = (nicId: string): string => `tap${netdevId(nicId)}`;

/** Passes its tap to QEMU; false when QEMU has it open already. */
async function passTap(nicId: string, monitor: QmpClient, { host }: StepContext): Promise<boolean> {
  const fdname = passedTap(nicId);
  // One that was passed before a kill would keep the tap from being opened.
  await unlessSaid(NOT_THERE, monitor.execute('closefd', { fdname }));
  const tap = await host.networks.openTap(nicId);
  if (!tap) return false;
  try {
    await monitor.execute('getfd', { fdname }, { passing: tap.fd });
    await failpoint('operator.attach-nic.tap-passed');
    return true;
  } finally {
    await tap.close();
  }
}
