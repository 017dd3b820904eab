import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from '../fault.js';

export const hostUnheard: Fault = {
  id: 'B3',
  name: 'one direction only: a host hears the bus, the bus does not hear it',
  long: true,
  async happen({ stack, wires }, random) {
    const wire = wires.hostBus.get(random.pick(stack.hosts).name);
    wire?.stall('to-server');
    const ms = random.between(3_000, 12_000);
    await pause(ms);
    wire?.heal();
    return `${ms} ms`;
  },
};
