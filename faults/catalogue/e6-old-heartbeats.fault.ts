import { setTimeout as pause } from 'node:timers/promises';
import { subjects } from '#libs/contracts';
import type { Fault } from '../fault.js';

export const oldHeartbeats: Fault = {
  id: 'E6',
  name: 'old heartbeats again, and heartbeats that name another host than their subject',
  async happen({ stack, tap }, random) {
    const said = tap.said('hb').filter((heard) => heard.subject !== subjects.beacon);
    const count = Math.min(said.length, 30);
    for (let time = 0; time < count; time++) {
      const heard = random.pick(said);
      tap.say(heard);
      tap.say({ ...heard, subject: subjects.heartbeat(random.pick(stack.hosts).id) });
      if (time % 5 === 0) await pause(random.between(0, 200));
    }
    return `${2 * count} messages`;
  },
};
