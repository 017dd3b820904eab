import type { Fault } from '../fault.js';
import { qemuByVm } from '../ground/process-watch.js';

export const qemuKilled: Fault = {
  id: 'A50',
  name: 'running QEMU processes killed by hand',
  endsGuests: true,
  async happen({ stack }, random) {
    const victims = [...qemuByVm(stack.folder).values()].flat().filter(() => random.chance(0.5));
    for (const pid of victims) process.kill(pid, 'SIGKILL');
    return `${victims.length} processes`;
  },
};
