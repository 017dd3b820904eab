import { VmanError } from '#libs/errors';
import { powerOff } from '../steps/power-off.steps.js';
import type { CommandHandler } from './command-handler.js';

/**
 * Ends the process of a VM that runs on another host with a newer generation. It ends as asked for, so nothing here
 * starts it again; its disks and records stay until the desired state says what becomes of them.
 */
export const stopCopy: CommandHandler<'stopCopy'> = {
  runs: 'before-pass',
  async carryOut({ newerGeneration }, { host, vm, signal }) {
    if (!vm?.desired) throw new VmanError('not_found', 'This host does not know the VM.');
    const { desired } = vm;
    if (desired.generation >= newerGeneration) {
      throw new VmanError('superseded', `This host holds generation ${desired.generation} itself.`);
    }
    host.logger.warn({ vmId: vm.vmId, newerGeneration }, 'the VM runs elsewhere: its copy here is ended');
    const context = {
      host,
      vm,
      desired,
      signal,
      wait: <T>(work: () => Promise<T>) => host.places.without(work),
    };
    await powerOff.carryOut({ step: 'power-off' }, context);
    return undefined;
  },
};
