import type { Fault } from '../fault.js';
import { crashAt } from '../ground/crash-at.js';

const POINTS = ['create-disk', 'launch', 'resume', 'pause', 'power-off', 'remove-disk', 'forget'].flatMap(
  (step) => [`operator.${step}.before`, `operator.${step}.after`],
);

export const operatorAtStep: Fault = {
  id: 'A11',
  name: 'an operator killed before or after a step of its plan',
  async happen({ stack }, random) {
    const host = random.pick(stack.hosts);
    return `${host.name}: ${await crashAt(host.operator, random.pick(POINTS))}`;
  },
};
