import { VmanError } from '#libs/errors';
import type { Host } from '../host.js';
import type { Vm } from '../reconcile/vm.js';
import type { CommandHandler } from './command-handler.js';
import { refuseRepair } from './refuse-repair.js';

/** Lets a VM be started again whose process ended without being asked to. */
export const repair: CommandHandler<'repair'> = {
  runs: 'before-pass',
  oneWrite: true,
  async carryOut({ exitSeq, generation }, { host, vm }) {
    if (vm) await acceptRepair(host, vm, exitSeq, generation);
    return undefined;
  },
};

/** Durably answers one exit by a restart; a second repair of the same exit has no effect. Throws `superseded`. */
export async function acceptRepair(host: Host, vm: Vm, exitSeq: number, generation: number): Promise<void> {
  if (vm.status.repairExitSeq >= exitSeq) return;
  const refusal = refuseRepair(vm, exitSeq, generation);
  if (refusal) throw new VmanError('superseded', refusal);
  await vm.saveStatus({ repairExitSeq: exitSeq, restarts: vm.status.restarts + 1, failure: undefined });
  host.logger.info({ vmId: vm.vmId, exitSeq }, 'a repair was accepted');
}
