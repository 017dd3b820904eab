import { VmanError } from '#libs/errors';
import { makeBackup } from '../backups/make-backup.js';
import { isInterruption } from '../reconcile/to-failure.js';
import type { CommandHandler } from './command-handler.js';

/** A VM whose disks change all the time has no quiet moment for a backup. */
const MAX_STARTS = 10;

/** Copies the disks of a VM into a pool. When a change of the VM wants the disks, or its QEMU ends, it begins anew. */
export const createBackup: CommandHandler<'createBackup'> = {
  runs: 'beside',
  key: ({ diskIds }) => `backup of ${diskIds[0] ?? ''}`,
  carryOut: (action, { host, vm, command, signal, progress }) =>
    host.running.run(command.operationId, signal, async (wanted) => {
      if (!vm) throw new VmanError('not_found', 'The VM is not on this host.');
      for (let start = 1; ; start += 1) {
        const hold = await host.holds.take(vm.vmId, wanted);
        try {
          const mine = AbortSignal.any([wanted, hold.signal]);
          const result = await makeBackup({ host, vm, action, signal: mine, progress });
          return { of: { $case: 'backup', value: result } };
        } catch (error) {
          wanted.throwIfAborted();
          const again = hold.signal.aborted || isInterruption(error);
          if (!again || start >= MAX_STARTS) throw error;
          host.logger.info({ vmId: vm.vmId, start }, 'a backup begins anew: the disks changed hands');
        } finally {
          hold.release();
        }
        await vm.exitCounted;
      }
    }),
};
