import { describe, expect, it } from '@jest/globals';
import { RUN_STATES } from '#libs/qemu';
import { phaseOf } from './live-process.js';

describe('what QEMU says it does', () => {
  it('has a meaning for the planner in each of its words', () => {
    const phases = Object.fromEntries(RUN_STATES.map((state) => [state, phaseOf(state)]));
    expect(phases).toMatchObject({
      running: 'running',
      suspended: 'running',
      prelaunch: 'prelaunch',
      inmigrate: 'prelaunch',
      'io-error': 'io-error',
      paused: 'paused',
      'guest-panicked': 'paused',
    });
  });
});
