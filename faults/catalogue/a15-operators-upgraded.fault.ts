import type { Fault } from '../fault.js';

export const operatorsUpgraded: Fault = {
  id: 'A15',
  name: 'all operators ended in order and started, as by an upgrade',
  async happen({ stack }) {
    await Promise.all(
      stack.hosts.map(async ({ operator }) => {
        await operator.end('SIGTERM');
        operator.start();
        await operator.ready();
      }),
    );
    return '';
  },
};
