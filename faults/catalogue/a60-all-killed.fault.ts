import type { Fault } from '../fault.js';

export const allKilled: Fault = {
  id: 'A60',
  name: 'all services, the bus and the database killed at once',
  async happen({ stack, postgres }) {
    await Promise.all([
      ...stack.services.map((service) => service.end('SIGKILL')),
      stack.nats.kill(),
      postgres.end('SIGKILL'),
    ]);
    for (const service of stack.services) service.start();
    await Promise.all([stack.nats.start(), postgres.start()]);
    await Promise.all(stack.services.map((service) => service.ready()));
    return '';
  },
};
