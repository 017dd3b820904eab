import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from '../fault.js';

export const intelOffBus: Fault = {
  id: 'B6',
  name: 'intel cut off from the bus while it takes changes',
  async happen({ wires }, random) {
    const wire = wires.intelBus;
    wire.cut();
    const ms = random.between(1_000, 6_000);
    await pause(ms);
    wire.heal();
    return `${ms} ms`;
  },
};
