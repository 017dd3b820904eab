import { setTimeout as pause } from 'node:timers/promises';
import { heartbeatCodec, subjects } from '#libs/contracts';
import type { Fault } from '../fault.js';

export const lyingHeartbeats: Fault = {
  id: 'E8',
  name: 'heartbeats that lie: nothing runs, a whole inventory without any VM',
  async happen({ stack, tap }, random) {
    const { id } = random.pick(stack.hosts);
    let count = 0;
    for (let time = 0; time < 15; time++) {
      const heard = tap.said('hb').findLast(({ subject }) => subject === subjects.heartbeat(id));
      await pause(random.between(50, 300));
      if (!heard) continue;
      const beat = heartbeatCodec.decode(heard.data);
      const vms = beat.vms.map((vm) => ({ ...vm, state: 'stopped' as const, pid: 0 }));
      const lies = [
        { ...beat, vms },
        { ...beat, vms: [], complete: true },
      ];
      for (const lie of lies) tap.say({ subject: heard.subject, data: heartbeatCodec.encode(lie) });
      count += lies.length;
    }
    return `${count} messages`;
  },
};
