import type { Fault } from '../fault.js';
import { crashAt } from '../ground/crash-at.js';

const POINTS = [
  'operator.desired.before-write',
  'operator.desired.before-ack',
  'operator.desired.after-ack',
  'operator.command.before-ack',
];

export const operatorAroundAck: Fault = {
  id: 'A13',
  name: 'an operator killed while it takes a message, before or after its acknowledgement',
  async happen({ stack }, random) {
    const host = random.pick(stack.hosts);
    return `${host.name}: ${await crashAt(host.operator, random.pick(POINTS))}`;
  },
};
