import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '#libs/testing';
import type { Fault } from '../fault.js';

export const twoIntels: Fault = {
  id: 'A6',
  name: 'two replicas of intel, asked in turn with the same keys; the second is killed',
  async happen({ stack, wires, client, apiUrls }, random) {
    const replica = stack.intel.replica(await freePort(), wires.settings('intel'));
    replica.start();
    try {
      await replica.ready();
      apiUrls.push(replica.url);
      const before = client.accepted.length;
      await pause(random.between(2_000, 4_000));
      await replica.end('SIGKILL');
      return `${client.accepted.length - before} changes accepted meanwhile`;
    } finally {
      apiUrls.splice(apiUrls.indexOf(replica.url), 1);
      await replica.end('SIGKILL');
    }
  },
};
