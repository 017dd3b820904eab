import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from '../fault.js';

export const flapping: Fault = {
  id: 'B11',
  name: 'the wires of all hosts flapping',
  async happen({ wires }, random) {
    const times = random.between(4, 10);
    for (let time = 0; time < times; time++) {
      for (const wire of wires.hostBus.values()) {
        if (random.chance(0.5)) wire.cut();
        else wire.heal();
      }
      await pause(random.between(50, 900));
    }
    wires.heal();
    return `${times} times`;
  },
};
