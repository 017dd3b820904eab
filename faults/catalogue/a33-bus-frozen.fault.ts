import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from '../fault.js';

export const busFrozen: Fault = {
  id: 'A33',
  name: 'nats-server frozen for seconds, then continued',
  async happen({ stack }, random) {
    const { pid } = stack.nats;
    if (!pid) return 'nothing: the server is not a process of this machine';
    const ms = random.between(2_000, 7_000);
    process.kill(pid, 'SIGSTOP');
    await pause(ms);
    process.kill(pid, 'SIGCONT');
    return `${ms} ms`;
  },
};
