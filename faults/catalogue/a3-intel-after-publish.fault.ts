import type { Fault } from '../fault.js';
import { crashAt } from '../ground/crash-at.js';

export const intelAfterPublish: Fault = {
  id: 'A3',
  name: 'intel killed after the publication, before it noted that',
  happen: ({ stack }) => crashAt(stack.intel, 'intel.after-publish'),
};
