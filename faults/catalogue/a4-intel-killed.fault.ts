import type { Fault } from '../fault.js';
import { killAndStart } from '../ground/crash-at.js';

export const intelKilled: Fault = {
  id: 'A4',
  name: 'intel killed at any moment',
  async happen({ stack }) {
    await killAndStart(stack.intel);
    return '';
  },
};
