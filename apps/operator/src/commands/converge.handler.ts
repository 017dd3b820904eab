import { VmanError } from '#libs/errors';
import { adoptVm } from '../adopt/adopt-vm.js';
import type { Host } from '../host.js';
import type { Vm } from '../reconcile/vm.js';
import { findVmProcesses } from '../runtime/proc.js';
import type { CommandHandler } from './command-handler.js';

/**
 * Lets the pass that follows look at a VM with fresh eyes. A process that names the VM as its own and that this host
 * did not know of is adopted first, so that the plan can end it, or keep it.
 */
export const converge: CommandHandler<'converge'> = {
  runs: 'before-pass',
  async carryOut({ generation, rule }, { host, vm }) {
    if (!vm?.desired) throw new VmanError('not_found', 'This host does not know the VM.');
    if (vm.desired.generation > generation) {
      throw new VmanError('superseded', `This host holds generation ${vm.desired.generation} already.`);
    }
    if (!vm.process) await adoptStranger(host, vm);
    host.logger.info({ vmId: vm.vmId, rule }, 'asked to look again');
    return undefined;
  },
};

/** Only one that lies where this host puts the processes of this VM: any other is not the host's to touch. */
async function adoptStranger(host: Host, vm: Vm): Promise<void> {
  const { pidFile } = vm.store.paths;
  const own = (await findVmProcesses()).find((it) => it.vmId === vm.vmId && it.pidFile === pidFile);
  if (own) await adoptVm(host, vm, own.identity);
}
