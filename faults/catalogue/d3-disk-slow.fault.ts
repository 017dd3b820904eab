import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from '../fault.js';
import { diskOf } from '../ground/host-disk.js';
import { whileHeard } from '../ground/while-heard.js';

/** One write a second is as good as none. */
const PER_SECOND = [1, 5, 20, 60] as const;

export const diskSlow: Fault = {
  id: 'D3',
  name: "a host's storage slow: the host is heard all the same, and what it was told is done later",
  needs: 'host-disk',
  async happen(ground, random) {
    const { disk, host } = diskOf(ground);
    const perSecond = random.pick(PER_SECOND);
    await disk.slow(perSecond);
    await whileHeard(ground, host, () => pause(random.between(8_000, 14_000)));
    await disk.heal();
    return `${host.name}, ${perSecond} reads and writes a second`;
  },
};
