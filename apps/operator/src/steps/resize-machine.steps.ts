import { failpoint } from '#libs/config';
import { VmanError } from '#libs/errors';
import { moduleDeviceId, pluggedCpuId } from '../runtime/plugged.js';
import { monitorOf } from './pause-resume.steps.js';
import { liveOf, NOT_THERE, saveShape, THERE, unlessSaid } from './plugging.js';
import type { StepContext, StepHandler } from './step-handler.js';
import { unplugDevice } from './unplug-device.js';

const MIB = 1024 ** 2;

/** Plugs CPUs until there are so many. The guest decides whether it uses them. */
export const addVcpus: StepHandler<'add-vcpus'> = {
  needed: ({ vcpus }, { vm }) => (vm.actual.process?.vcpus ?? vcpus) < vcpus,
  async carryOut({ vcpus }, context) {
    const live = liveOf(context);
    const monitor = monitorOf(context);
    const slots = await monitor.execute('query-hotpluggable-cpus');
    const free = slots
      .filter((slot) => slot['qom-path'] === undefined)
      .sort((a, b) => coreOf(a.props) - coreOf(b.props))
      .slice(0, Math.max(0, vcpus - (slots.length - slots.filter((it) => !it['qom-path']).length)));
    for (const { type, props } of free) {
      const cpu = { driver: type, id: pluggedCpuId(coreOf(props)), ...props };
      await unlessSaid(THERE, monitor.execute('device_add', cpu));
    }
    await live.refresh();
  },
  verify({ vcpus }, { vm }) {
    if ((vm.actual.process?.vcpus ?? 0) >= vcpus) return;
    throw new VmanError('hypervisor_error', 'QEMU did not take the CPUs.');
  },
};

const coreOf = (props: Record<string, number>): number => props['core-id'] ?? 0;

/** Plugs a module of memory. */
export const addMemory: StepHandler<'add-memory'> = {
  needed: ({ moduleId }, { vm }) => !vm.actual.process?.modules.some((it) => it.moduleId === moduleId),
  async carryOut({ moduleId, sizeMib }, context) {
    const live = liveOf(context);
    const monitor = monitorOf(context);
    // A module of another size may have been left halfway.
    await removeBackend(context, moduleId);
    const id = backendId(moduleId);
    const backend = { 'qom-type': 'memory-backend-ram', id, size: sizeMib * MIB };
    await unlessSaid(THERE, monitor.execute('object-add', backend));
    const module = { driver: 'pc-dimm', id: moduleDeviceId({ moduleId, sizeMib }), memdev: id };
    await unlessSaid(THERE, monitor.execute('device_add', module));
    await live.refresh();
  },
  async undo({ moduleId }, context) {
    const there = context.vm.actual.process?.modules.some((it) => it.moduleId === moduleId);
    if (context.vm.process && !there) await removeBackend(context, moduleId);
  },
};

/** Asks the guest to give a module of memory back. */
export const removeMemory: StepHandler<'remove-memory'> = {
  needed: ({ moduleId }, { vm }) =>
    vm.actual.process?.modules.some((it) => it.moduleId === moduleId) === true,
  async carryOut({ moduleId, timeoutMs }, context) {
    const live = liveOf(context);
    const module = context.vm.actual.process?.modules.find((it) => it.moduleId === moduleId);
    if (!module) return;
    const what = `${module.sizeMib} MiB of memory`;
    await unplugDevice(context, { deviceId: moduleDeviceId(module), what, timeoutMs });
    await failpoint('operator.remove-memory.unplugged');
    await removeBackend(context, moduleId);
    await live.refresh();
  },
};

const backendId = (moduleId: string): string => `mem-${moduleId}`;

function removeBackend(context: StepContext, moduleId: string): Promise<void> {
  return unlessSaid(NOT_THERE, monitorOf(context).execute('object-del', { id: backendId(moduleId) }));
}

/** Tells the balloon what to take; how far it gets is the guest's affair. */
export const setBalloon: StepHandler<'set-balloon'> = {
  needed: ({ takenMib }, { vm }) => vm.process?.record.shape.balloonTakenMib !== takenMib,
  async carryOut({ takenMib, totalMib }, context) {
    const live = liveOf(context);
    await monitorOf(context).execute('balloon', { value: (totalMib - takenMib) * MIB });
    await saveShape(context, live, (shape) => ({ ...shape, balloonTakenMib: takenMib }));
  },
};
