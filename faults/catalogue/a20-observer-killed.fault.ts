import type { Fault } from '../fault.js';
import { killAndStart } from '../ground/crash-at.js';

export const observerKilled: Fault = {
  id: 'A20',
  name: 'the observer killed at any moment',
  async happen({ stack }) {
    await killAndStart(stack.observer);
    return '';
  },
};
