import { Interrupted } from '../reconcile/to-failure.js';
import { mustHaveLease } from './must-have-lease.js';
import type { StepContext, StepHandler } from './step-handler.js';

/** Lets the virtual CPUs turn. */
export const resume: StepHandler<'resume'> = {
  needed: (_, { vm }) => vm.process?.phase !== 'running',
  async carryOut(_, context) {
    mustHaveLease(context);
    // The RESUME event, which comes before the answer, says that it runs.
    await monitorOf(context).execute('cont');
  },
};

/** Stops the virtual CPUs. */
export const pause: StepHandler<'pause'> = {
  needed: (_, { vm }) => vm.process?.phase === 'running',
  async carryOut(_, context) {
    await monitorOf(context).execute('stop');
    await context.vm.process?.refresh();
  },
};

/** The monitor of a VM whose process answers; otherwise the plan is out of date. */
export function monitorOf({ vm }: Pick<StepContext, 'vm'>) {
  const qmp = vm.process?.qmp;
  if (!qmp) throw new Interrupted('the process is gone or does not answer');
  return qmp;
}
