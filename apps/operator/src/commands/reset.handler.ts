import { VmanError } from '#libs/errors';
import { monitorOf } from '../steps/pause-resume.steps.js';
import type { CommandHandler } from './command-handler.js';

/** Presses the reset button of a machine that runs. */
export const reset: CommandHandler<'reset'> = {
  runs: 'after-pass',
  async carryOut(_action, { vm }) {
    if (!vm?.process) throw new VmanError('invalid_state', 'The VM does not run.');
    if (!vm.process.qmp) throw new VmanError('unavailable', 'QEMU does not answer.');
    await monitorOf({ vm }).execute('system_reset');
    return undefined;
  },
};
