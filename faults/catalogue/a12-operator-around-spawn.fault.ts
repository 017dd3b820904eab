import type { Fault } from '../fault.js';
import { crashAt } from '../ground/crash-at.js';

const POINTS = ['operator.launch.intent', 'operator.launch.spawned', 'operator.launch.connected'];

export const operatorAroundSpawn: Fault = {
  id: 'A12',
  name: 'an operator killed around the spawn of QEMU, before it noted the process',
  async happen({ stack }, random) {
    const host = random.pick(stack.hosts);
    return `${host.name}: ${await crashAt(host.operator, random.pick(POINTS))}`;
  },
};
