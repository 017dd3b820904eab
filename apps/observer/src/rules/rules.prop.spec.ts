import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { EXIT_REASONS, POWER_STATES, PRESENCES, REPORTED_STATES, RESTART_POLICIES } from '#libs/contracts';
import { occasionOf } from '../repair/schedule.js';
import { driftsOfVm } from './rules.js';
import { exitOf, factsOf, NOW, OTHER_HOST, type Scene, siteOf, VM } from './vm-facts.fixture.js';

const generation = fc.integer({ min: 1, max: 6 });
const scene: fc.Arbitrary<Scene> = fc.record({
  want: fc.record({
    generation,
    startGeneration: fc.integer({ min: 0, max: 3 }),
    power: fc.constantFrom(...POWER_STATES),
    presence: fc.constantFrom(...PRESENCES),
    restart: fc.record({
      policy: fc.constantFrom(...RESTART_POLICIES),
      maxRetries: fc.nat(5),
      windowSeconds: fc.integer({ min: 1, max: 600 }),
    }),
  }),
  seen: fc.record({
    state: fc.constantFrom(...REPORTED_STATES),
    pid: fc.constantFrom(0, 42),
    acceptedGeneration: generation,
    observedGeneration: generation,
    repairedExitSeq: fc.nat(5),
    nextRestartAtMs: fc.constantFrom(0, NOW + 5_000),
    lastExit: fc.option(
      fc.constantFrom(...EXIT_REASONS).map((reason) => exitOf({ reason })),
      { nil: undefined },
    ),
  }),
  host: fc.record({
    complete: fc.boolean(),
    orphans: fc.constantFrom([], [{ pid: 7, vmId: VM, reason: 'copy' as const }]),
  }),
  elsewhere: fc.constantFrom([], [siteOf({ generation: 9 }, { acceptedGeneration: 9 }, OTHER_HOST)]),
});
const repairs = (it: Scene) =>
  driftsOfVm(factsOf(it), NOW).filter((drift) => drift.decision.kind === 'repair');
const always = (test: (it: Scene) => void) => fc.assert(fc.property(scene, test), { numRuns: 2_000 });

describe('whatever is seen', () => {
  it('nothing touches a VM whose state is unknown', () => {
    always((it) => {
      const unseen = { ...it, seen: { ...it.seen, state: 'unknown' as const } };
      const touching = repairs(unseen).filter((drift) => drift.rule !== 'generation-lag');
      expect(touching).toEqual([]);
    });
  });

  it('a VM is restarted only when it is to run, has no process, and nothing answered its end', () => {
    always((it) => {
      const restart = repairs(it).find(
        ({ decision }) => decision.kind === 'repair' && decision.action === 'restart',
      );
      if (!restart) return;
      expect(it.want).toMatchObject({ presence: 'present' });
      expect(it.want?.power).not.toBe('stopped');
      expect(it.seen?.repairedExitSeq).toBeLessThan(restart.exitSeq);
      expect(it.seen?.observedGeneration).toBe(it.want?.generation);
    });
  });

  it('no two rules want to mend one VM in opposite ways', () => {
    always((it) => {
      const actions = repairs(it).flatMap(({ decision }) =>
        decision.kind === 'repair' ? decision.action : [],
      );
      expect(actions.includes('restart') && actions.includes('stop-copy')).toBe(false);
    });
  });

  it('every observer finds the same, under the same name', () => {
    always((it) => {
      expect(repairs(it)).toEqual(repairs(it));
      const rev = { startCount: 1, sequence: 1 };
      for (const { decision, exitSeq } of repairs(it)) {
        if (decision.kind !== 'repair') continue;
        expect(occasionOf(decision.action, exitSeq, rev, 1)).toBe(
          occasionOf(decision.action, exitSeq, rev, 1),
        );
      }
    });
  });
});
