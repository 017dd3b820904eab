import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from '../fault.js';
import { killAndStart } from '../ground/crash-at.js';
import { commandOf, qemuByVm } from '../ground/process-watch.js';

export const qemuFrozen: Fault = {
  id: 'A52',
  name: 'a QEMU process frozen for seconds, its operator killed meanwhile, then continued',
  async happen({ stack }, random) {
    const pids = [...qemuByVm(stack.folder).values()].flat();
    const pid = random.pick(pids);
    process.kill(pid, 'SIGSTOP');
    try {
      const host = random.pick(stack.hosts);
      await killAndStart(host.operator);
      await pause(random.between(1_000, 4_000));
      return `process ${pid}, operator of ${host.name}`;
    } finally {
      if (commandOf(pid)) process.kill(pid, 'SIGCONT');
    }
  },
};
