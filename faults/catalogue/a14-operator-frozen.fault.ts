import { setTimeout as pause } from 'node:timers/promises';
import { TIMERS } from '#libs/domain';
import type { Fault } from '../fault.js';

export const operatorFrozen: Fault = {
  id: 'A14',
  name: 'an operator frozen for longer than its host counts as alive, then continued',
  long: true,
  async happen({ stack }, random) {
    const { name, operator } = random.pick(stack.hosts);
    operator.freeze();
    await pause(TIMERS.hostUnknown + 3_000);
    operator.thaw();
    return name;
  },
};
