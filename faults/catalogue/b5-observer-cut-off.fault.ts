import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from '../fault.js';

export const observerCutOff: Fault = {
  id: 'B5',
  name: 'the observer cut off from all',
  async happen({ wires }, random) {
    const wire = wires.observerBus;
    wire.cut();
    const ms = random.between(2_000, 8_000);
    await pause(ms);
    wire.heal();
    return `${ms} ms`;
  },
};
