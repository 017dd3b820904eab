import { setTimeout as pause } from 'node:timers/promises';
import { TIMERS } from '#libs/domain';
import { freePort } from '#libs/testing';
import type { Fault } from '../fault.js';
import { qemuByVm } from '../ground/process-watch.js';

export const twoObservers: Fault = {
  id: 'A22',
  name: 'two observers at once, and a killed QEMU for both',
  endsGuests: true,
  long: true,
  async happen({ stack, wires }, random) {
    const second = stack.observer.replica(await freePort(), wires.settings('observer'));
    second.start();
    try {
      await second.ready();
      await pause(TIMERS.observerGrace);
      const victim = random.pick([...qemuByVm(stack.folder).values()].flat());
      process.kill(victim, 'SIGKILL');
      await pause(2_000);
      return `process ${victim}`;
    } finally {
      await second.end('SIGTERM');
    }
  },
};
