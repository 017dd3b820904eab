import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from '../fault.js';

export const slowNetwork: Fault = {
  id: 'B10',
  name: 'every wire slow and uneven for seconds',
  async happen({ wires }, random) {
    const most = random.between(50, 400);
    for (const wire of wires.all) wire.slow(() => random.between(0, most));
    await pause(random.between(3_000, 6_000));
    wires.heal();
    return `up to ${most} ms a chunk`;
  },
};
