import type { CommandHandler } from './command-handler.js';

/** Ends a command that runs. One that still waits finds this in the journal when its turn comes. */
export const cancelCommand: CommandHandler<'cancelCommand'> = {
  runs: 'before-pass',
  async carryOut({ cancelledOperationId }, { host }) {
    host.running.cancel(cancelledOperationId);
    return undefined;
  },
};
