import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from '../fault.js';
import { commandOf, qemuByVm } from '../ground/process-watch.js';

export const hostReboots: Fault = {
  id: 'F1',
  name: 'a host loses all its processes at once, as by a reset (its boot id stays)',
  endsGuests: true,
  async happen({ stack }, random) {
    const host = random.pick(stack.hosts);
    host.operator.freeze();
    const pids = [...qemuByVm(stack.folder).values()].flat();
    const own = pids.filter((pid) => commandOf(pid).includes(`${host.run}/`));
    for (const pid of own) process.kill(pid, 'SIGKILL');
    await host.operator.end('SIGKILL');
    await pause(random.between(0, 3_000));
    host.operator.start();
    await host.operator.ready();
    return `${host.name}, ${own.length} guests`;
  },
};
