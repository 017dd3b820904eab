import { addHostForward, removeHostForward } from '#libs/qemu';
import { monitorOf } from './pause-resume.steps.js';
import type { StepHandler } from './step-handler.js';

/** Opens a port of the host into the guest. Throws QmpError `PortInUse`. */
export const addForward: StepHandler<'add-forward'> = {
  needed: () => true,
  async carryOut({ nicId, forward }, context) {
    await addHostForward(monitorOf(context), nicId, forward);
    await context.vm.process?.refresh();
  },
};

/** Closes it; one that is gone already is no fault. */
export const removeForward: StepHandler<'remove-forward'> = {
  needed: () => true,
  async carryOut({ nicId, forward }, context) {
    await removeHostForward(monitorOf(context), nicId, forward);
    await context.vm.process?.refresh();
  },
};
