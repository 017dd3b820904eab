import { setTimeout as pause } from 'node:timers/promises';
import { TIMERS } from '#libs/domain';
import type { Fault } from '../fault.js';

export const busAway: Fault = {
  id: 'A32',
  name: 'no bus for longer than hosts count as alive, then an empty one',
  long: true,
  async happen({ stack }) {
    await stack.nats.stop();
    await pause(TIMERS.hostUnknown + 4_000);
    await stack.nats.wipe();
    await stack.nats.start();
    return '';
  },
};
