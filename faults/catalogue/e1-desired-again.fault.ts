import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from '../fault.js';

export const desiredAgain: Fault = {
  id: 'E1',
  name: 'the newest desired states delivered again, up to five times',
  async happen({ tap }, random) {
    const newest = [...new Map(tap.said('desired').map((heard) => [heard.subject, heard])).values()];
    const times = random.between(1, 5);
    for (let time = 0; time < times; time++) {
      for (const heard of newest) tap.say(heard);
      await pause(random.between(0, 300));
    }
    return `${newest.length} messages, ${times} times`;
  },
};
