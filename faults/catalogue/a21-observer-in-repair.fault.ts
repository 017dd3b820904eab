import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from '../fault.js';
import { killAndStart } from '../ground/crash-at.js';
import { qemuByVm } from '../ground/process-watch.js';

export const observerInRepair: Fault = {
  id: 'A21',
  name: 'a QEMU killed, and the observer in the middle of its repair',
  endsGuests: true,
  async happen({ stack }, random) {
    const victim = random.pick([...qemuByVm(stack.folder).values()].flat());
    process.kill(victim, 'SIGKILL');
    await pause(random.between(0, 30));
    await killAndStart(stack.observer);
    return `process ${victim}`;
  },
};
