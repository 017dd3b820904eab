/**
 * After a reboot of the host it is known before anything is decided which VMs will be started again: those that ran
 * in an earlier boot, are to run, and have a policy that answers a reboot. Their order is kept by `Starts`.
 */
import { isRestarted } from '#libs/domain';
import { bootId } from '#libs/qemu';
import { exitToAnswer } from '../commands/restart-alone.js';
import type { Host } from '../host.js';
import type { Vm } from '../reconcile/vm.js';

export async function expectRestarts(host: Host, vms: Vm[]): Promise<void> {
  const boot = await bootId();
  await Promise.all(
    vms.map(async (vm) => {
      if (await endedByReboot(vm, boot)) host.starts.expect(vm.vmId, vm.desired?.bootPriority ?? 0);
    }),
  );
}

async function endedByReboot(vm: Vm, boot: string): Promise<boolean> {
  const { desired } = vm;
  if (desired?.presence !== 'present' || desired.power === 'stopped') return false;
  if (!isRestarted(desired.restart, 'host-reboot')) return false;
  const { process } = await vm.store.load();
  return process ? process.bootId !== boot : exitToAnswer(vm)?.reason === 'host-reboot';
}
