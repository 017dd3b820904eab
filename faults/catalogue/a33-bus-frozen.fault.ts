import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from '../fault.js';

export const busFrozen: Fault = {
  id: 'A33',
  name: 'nats-server frozen for seconds, then continued',
  async happen({ stack }, random) {
    const ms = random.between(2_000, 7_000);
    await stack.nats.freeze();
    await pause(ms);
    await stack.nats.thaw();
    return `${ms} ms`;
  },
};
