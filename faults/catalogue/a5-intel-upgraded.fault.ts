import type { Fault } from '../fault.js';

export const intelUpgraded: Fault = {
  id: 'A5',
  name: 'intel ended in order and started, as by an upgrade',
  async happen({ stack }) {
    await stack.intel.end('SIGTERM');
    stack.intel.start();
    await stack.intel.ready();
    return '';
  },
};
