import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from '../fault.js';

export const databaseCut: Fault = {
  id: 'B8',
  name: 'every connection to the database reset, new ones refused',
  async happen({ wires }, random) {
    const wire = wires.intelDatabase;
    wire.cut();
    const ms = random.between(200, 4_000);
    await pause(ms);
    wire.heal();
    return `${ms} ms`;
  },
};
