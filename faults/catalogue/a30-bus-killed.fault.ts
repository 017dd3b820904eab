import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from '../fault.js';

export const busKilled: Fault = {
  id: 'A30',
  name: 'nats-server killed and started with what its disk holds',
  async happen({ stack }, random) {
    await stack.nats.kill();
    await pause(random.between(0, 1_500));
    await stack.nats.start();
    return '';
  },
};
