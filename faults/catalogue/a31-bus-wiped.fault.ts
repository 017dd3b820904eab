import type { Fault } from '../fault.js';

export const busWiped: Fault = {
  id: 'A31',
  name: 'nats-server killed and started with nothing',
  async happen({ stack }) {
    await stack.nats.wipe();
    return '';
  },
};
