import type { Fault } from '../fault.js';

export const databaseKilled: Fault = {
  id: 'A40',
  name: 'PostgreSQL killed and started',
  async happen({ postgres }, random) {
    const signal = random.pick(['SIGKILL', 'SIGQUIT'] as const);
    await postgres.end(signal);
    await postgres.start();
    return signal;
  },
};
