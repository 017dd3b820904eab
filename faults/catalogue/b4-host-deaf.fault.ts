import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from '../fault.js';

export const hostDeaf: Fault = {
  id: 'B4',
  name: 'one direction only: the bus hears a host, the host hears nothing',
  long: true,
  async happen({ stack, wires }, random) {
    const wire = wires.hostBus.get(random.pick(stack.hosts).name);
    wire?.stall('to-client');
    const ms = random.between(3_000, 12_000);
    await pause(ms);
    wire?.heal();
    return `${ms} ms`;
  },
};
