import { beforeAll, describe, expect, it } from '@jest/globals';
import { DriftMetrics } from '../../apps/observer/src/drift/drift-metrics.js';
import { RepairMetrics } from '../../apps/observer/src/repair/repair-metrics.js';
import { simulate } from './simulate.js';
import type { Figures } from './simulated-observer.js';
import type { Mutation } from './simulated-vm.js';

/** VMAN_SIMULATE_SEED replays one scenario. */
const only = process.env.VMAN_SIMULATE_SEED;
const SEEDS = only ? [Number(only)] : Array.from({ length: 1_000 }, (_, index) => index + 1);

describe('a simulated fleet', () => {
  let figures: Figures;
  beforeAll(() => {
    figures = { drifts: new DriftMetrics(), repairs: new RepairMetrics() };
  });

  it('keeps I1 and I7, and I6 a minute after the last fault, whatever the seed', async () => {
    for (const seed of SEEDS) {
      const { broken, history } = await simulate(seed, figures);
      if (broken.length > 0) throw new Error(`seed ${seed} broke ${broken}:\n${history.join('\n')}`);
    }
  }, 120_000);

  it('does the same for the same seed', async () => {
    expect(await simulate(7, figures)).toEqual(await simulate(7, figures));
  });

  it.each<[Mutation, string]>([
    ['takes-old-generations', 'I7'],
    ['answers-any-exit', 'I1'],
    ['answers-no-repair', 'I6'],
  ])(
    'notices a host that %s',
    async (mutation, invariant) => {
      const found = new Set<string>();
      for (let seed = 1; seed <= 60; seed += 1) {
        for (const broken of (await simulate(seed, figures, mutation)).broken) found.add(broken);
      }
      expect(found).toContain(invariant);
    },
    60_000,
  );
});
