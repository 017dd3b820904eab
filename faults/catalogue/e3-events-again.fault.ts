import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from '../fault.js';

export const eventsAgain: Fault = {
  id: 'E3',
  name: 'events of hosts delivered again, late and in any order',
  async happen({ tap }, random) {
    const said = tap.said('evt');
    const count = Math.min(said.length, 60);
    for (let time = 0; time < count; time++) {
      tap.say(random.pick(said));
      if (time % 10 === 0) await pause(random.between(0, 100));
    }
    return `${count} messages`;
  },
};
