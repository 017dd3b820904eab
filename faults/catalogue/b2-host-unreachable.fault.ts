import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from '../fault.js';

export const hostUnreachable: Fault = {
  id: 'B2',
  name: 'packets of a host lost both ways for longer than it counts as alive',
  long: true,
  async happen({ stack, wires }, random) {
    const wire = wires.hostBus.get(random.pick(stack.hosts).name);
    wire?.stall('both');
    const ms = random.between(11_000, 15_000);
    await pause(ms);
    wire?.heal();
    return `${ms} ms`;
  },
};
