import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from '../fault.js';

export const databaseAway: Fault = {
  id: 'A41',
  name: 'no PostgreSQL for seconds, and intel killed meanwhile',
  async happen({ stack, postgres }, random) {
    await postgres.end('SIGINT');
    await pause(random.between(500, 3_000));
    await stack.intel.end('SIGKILL');
    stack.intel.start();
    await pause(random.between(500, 3_000));
    await postgres.start();
    await stack.intel.ready();
    return '';
  },
};
