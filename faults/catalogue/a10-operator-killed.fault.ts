import type { Fault } from '../fault.js';
import { killAndStart } from '../ground/crash-at.js';

export const operatorKilled: Fault = {
  id: 'A10',
  name: 'an operator killed at any moment',
  async happen({ stack }, random) {
    const host = random.pick(stack.hosts);
    await killAndStart(host.operator);
    return host.name;
  },
};
