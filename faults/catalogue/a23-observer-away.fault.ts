import { setTimeout as pause } from 'node:timers/promises';
import { TIMERS } from '#libs/domain';
import type { Fault } from '../fault.js';
import { qemuByVm } from '../ground/process-watch.js';

export const observerAway: Fault = {
  id: 'A23',
  name: 'no observer at all, and a killed QEMU: its host repairs by itself',
  endsGuests: true,
  long: true,
  async happen({ stack }, random) {
    await stack.observer.end('SIGKILL');
    await pause(TIMERS.beaconLost);
    const [vmId, pids] = random.pick([...qemuByVm(stack.folder)]);
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    await pause(4_000);
    stack.observer.start();
    await stack.observer.ready();
    return `VM ${vmId}`;
  },
};
