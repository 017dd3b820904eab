import { setTimeout as pause } from 'node:timers/promises';
import { waitFor } from '#libs/testing';
import type { Fault } from '../fault.js';

export const intelBeforePublish: Fault = {
  id: 'A2',
  name: 'intel killed between its commit and the publication',
  async happen({ stack, wires, client }, random) {
    wires.intelBus.stall('both');
    const before = client.accepted.length;
    const committed = () => client.accepted.length > before;
    await waitFor(committed, { timeoutMs: 10_000, what: 'a change was accepted' }).catch(() => {});
    await pause(random.between(0, 300));
    await stack.intel.end('SIGKILL');
    wires.intelBus.heal();
    stack.intel.start();
    await stack.intel.ready();
    return `${client.accepted.length - before} changes accepted meanwhile`;
  },
};
