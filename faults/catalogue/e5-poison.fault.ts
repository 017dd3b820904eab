import { randomUUID } from 'node:crypto';
import { subjects } from '#libs/contracts';
import type { Fault } from '../fault.js';

/** What no codec takes, and what one takes that means nothing. */
const POISON = ['', 'not protobuf', '\u0000\u0000\u0000', '\n\u0003abc', '{"vmId":"x"}'];

export const poison: Fault = {
  id: 'E5',
  name: 'messages that do not decode, on every kind of subject',
  async happen({ stack, tap }, random) {
    const { id } = random.pick(stack.hosts);
    const targets = [
      subjects.desired(id, randomUUID()),
      subjects.command(id, 'repair'),
      subjects.command(id, 'reset'),
      subjects.event(id, 'vm'),
      subjects.event(id, 'command'),
      subjects.event(id, 'repair'),
      subjects.heartbeat(id),
      subjects.beacon,
      subjects.intelRpc('image'),
    ];
    for (const subject of targets) for (const text of POISON) tap.say({ subject, data: Buffer.from(text) });
    return `${targets.length * POISON.length} messages`;
  },
};
