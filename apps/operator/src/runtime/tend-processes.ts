import type { Host } from '../host.js';
import type { Vm } from '../reconcile/vm.js';
import { rotateLog } from './log-files.js';
import { retryDisks } from './retry-disks.js';

/** What every live process needs now and then; no VM waits for another. */
export async function tendProcesses(host: Host, vms: Vm[]): Promise<void> {
  host.oom.look();
  await Promise.all(vms.filter((vm) => vm.process !== undefined).map((vm) => tend(host, vm)));
}

async function tend(host: Host, vm: Vm): Promise<void> {
  try {
    await retryDisks(host, vm);
    const { serialLog, qemuLog } = vm.store.paths;
    if (await rotateLog(serialLog)) host.logger.debug({ vmId: vm.vmId }, 'the console log was rotated');
    await rotateLog(qemuLog);
  } catch (error) {
    host.logger.warn({ err: error, vmId: vm.vmId }, 'a process could not be tended');
  }
}
