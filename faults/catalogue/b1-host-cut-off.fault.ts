import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from '../fault.js';

export const hostCutOff: Fault = {
  id: 'B1',
  name: 'a host cut off from the bus for seconds',
  async happen({ stack, wires }, random) {
    const wire = wires.hostBus.get(random.pick(stack.hosts).name);
    wire?.cut();
    const ms = random.between(1_000, 5_000);
    await pause(ms);
    wire?.heal();
    return `${ms} ms`;
  },
};
