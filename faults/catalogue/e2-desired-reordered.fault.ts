import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from '../fault.js';

export const desiredReordered: Fault = {
  id: 'E2',
  name: 'old desired states after newer ones: start, stop and start out of order',
  async happen({ tap }, random) {
    const said = tap.said('desired');
    const late = said.filter(() => random.chance(0.3)).slice(0, 30);
    for (const heard of late) {
      tap.say(heard);
      await pause(random.between(0, 60));
    }
    const newest = new Map(tap.said('desired').map((heard) => [heard.subject, heard]));
    for (const subject of new Set(late.map((heard) => heard.subject))) {
      const last = newest.get(subject);
      if (last) tap.say(last);
    }
    return `${late.length} messages`;
  },
};
