import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from '../fault.js';

export const allCutOff: Fault = {
  id: 'B12',
  name: 'every wire to the bus cut at once, then all back in one moment',
  async happen({ wires }, random) {
    for (const wire of wires.toBus) wire.cut();
    await pause(random.between(1_000, 5_000));
    wires.heal();
    return '';
  },
};
