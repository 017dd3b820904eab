import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from '../fault.js';

export const intelDeaf: Fault = {
  id: 'B7',
  name: 'one direction only: the bus hears intel, intel hears nothing',
  async happen({ wires }, random) {
    const wire = wires.intelBus;
    wire.stall('to-client');
    const ms = random.between(2_000, 6_000);
    await pause(ms);
    wire.heal();
    return `${ms} ms`;
  },
};
