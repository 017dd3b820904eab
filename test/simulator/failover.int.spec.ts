import { describe, expect, it } from '@jest/globals';
import type { LeaseMutation } from './lease-host.js';
import { simulateFailover } from './simulate-failover.js';

/** VMAN_SIMULATE_SEED replays one scenario. */
const only = process.env.VMAN_SIMULATE_SEED;
const SEEDS = only ? [Number(only)] : Array.from({ length: 1_000 }, (_, index) => index + 1);

describe('simulated hosts with one shared pool', () => {
  it('keep I1, I7 and I9, and I6 after the last fault, whatever the seed', async () => {
    for (const seed of SEEDS) {
      const { broken, history } = await simulateFailover(seed);
      if (broken.length > 0) throw new Error(`seed ${seed} broke ${broken}:\n${history.join('\n')}`);
    }
  }, 180_000);

  it('do the same for the same seed', async () => {
    expect(await simulateFailover(7)).toEqual(await simulateFailover(7));
  });

  it.each<[LeaseMutation, string]>([
    ['no-watchdog', 'I1'],
    ['takes-at-once', 'I1'],
    ['never-launches', 'I6'],
    ['rests-at-shutdown', 'I6'],
  ])(
    'are noticed when a host has %s',
    async (mutation, invariant) => {
      const found = new Set<string>();
      for (let seed = 1; seed <= 200 && !found.has(invariant); seed += 1) {
        for (const broken of (await simulateFailover(seed, mutation)).broken) found.add(broken);
      }
      expect(found).toContain(invariant);
    },
    60_000,
  );
});
