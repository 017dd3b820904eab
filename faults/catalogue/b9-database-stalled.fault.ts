import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from '../fault.js';

export const databaseStalled: Fault = {
  id: 'B9',
  name: 'the database answers nothing for seconds',
  async happen({ wires }, random) {
    const wire = wires.intelDatabase;
    wire.stall(random.pick(['to-server', 'to-client', 'both']));
    const ms = random.between(1_000, 6_000);
    await pause(ms);
    wire.heal();
    return `${ms} ms`;
  },
};
