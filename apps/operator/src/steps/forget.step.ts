import { removeSnapshots } from '../snapshots/snapshot-record.js';
import { handOver } from './hand-over.js';
import { removeMachine } from './machine-record.js';
import type { StepHandler } from './step-handler.js';
import { removeVariables } from './uefi-variables.js';

/** Leaves nothing of a VM but its tombstone (and its disks, when it was released). The tombstone comes first. */
export const forget: StepHandler<'forget'> = {
  needed(_, { vm }) {
    return !vm.gone;
  },
  async carryOut({ keepDisks }, { host, vm, desired }) {
    await vm.clearedUp;
    await host.launcher.clearUp(vm.vmId);
    if (keepDisks) await handOver(host, vm, desired);
    await host.tombstones.put(vm.vmId, {
      generation: desired.generation,
      startGeneration: desired.startGeneration,
      presence: keepDisks ? 'released' : 'deleted',
      lastExit: vm.status.lastExit,
      atMs: host.clock.now(),
    });
    if (!keepDisks) {
      await removeVariables(host, vm.vmId);
      await removeMachine(host, vm.vmId);
      await removeSnapshots(host, vm.vmId);
    }
    await host.leases.leave(vm.vmId, desired);
    vm.gone = true;
    await vm.store.removeFolder();
  },
};
