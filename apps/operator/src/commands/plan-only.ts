import type { DesiredVm, PlanReply } from '#libs/contracts';
import { describeStep, plan } from '#libs/domain';
import { buildQemuArguments } from '#libs/qemu';
import type { Host } from '../host.js';
import type { Registry } from '../reconcile/registry.js';
import { toFailure } from '../reconcile/to-failure.js';
import { Vm } from '../reconcile/vm.js';
import { foreseeHardware, qemuSpec } from '../steps/index.js';
import { readFiles } from '../storage/read-files.js';
import { VmStore } from '../storage/vm-store.js';

/** What this host would do for a desired state: the steps and QEMU's arguments. Nothing is touched. */
export async function planOnly(host: Host, registry: Registry, desired: DesiredVm): Promise<PlanReply> {
  const reply: PlanReply = { steps: [], qemuArguments: [], errorCode: '', errorMessage: '' };
  try {
    const known = registry.get(desired.vmId)?.vm;
    const store = known?.store ?? new VmStore(host.paths, desired.vmId, () => undefined);
    const vm = known ?? new Vm(desired.vmId, store);
    const actual = { ...vm.actual, ...(await readFiles({ store, desired, status: vm.status }, host)) };
    reply.steps = plan(desired, actual).map(describeStep);
    reply.qemuArguments = buildQemuArguments(
      qemuSpec(desired, host, await foreseeHardware(host, vm, desired)),
    );
  } catch (error) {
    const { code, message } = toFailure(error);
    reply.errorCode = code;
    reply.errorMessage = message;
  }
  return reply;
}
