import { freePort } from '#libs/testing';
import type { Fault } from '../fault.js';

export const secondAgent: Fault = {
  id: 'F2',
  name: 'a second operator started on the same storage: it must refuse and change nothing',
  async happen({ stack, wires }, random) {
    const host = random.pick(stack.hosts);
    const second = host.operator.replica(await freePort(), wires.settings(host.name));
    second.start();
    const timer = setTimeout(() => void second.end('SIGKILL'), 10_000);
    await second.gone();
    clearTimeout(timer);
    if (!second.exitCode) throw new Error('a second operator took the storage of a living one');
    return `${host.name}, exit status ${second.exitCode}`;
  },
};
