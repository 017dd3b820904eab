import type { Fault } from '../fault.js';
import { crashAt } from '../ground/crash-at.js';

export const intelAfterCommit: Fault = {
  id: 'A1',
  name: 'intel killed after its commit, before its answer',
  happen: ({ stack }) => crashAt(stack.intel, 'intel.after-commit'),
};
