import { describe, expect, it } from '@jest/globals';
import { TIMERS } from '#libs/domain';
import { type Brake, CALM_MS, decideBrake, RELEASED, SETTLED_MS, SILENCE_WINDOW_MS } from './brake.js';

const SILENT = TIMERS.hostUnknown + 1_000;
const fleet = (all: number, silent: number, silence = SILENT) =>
  Array.from({ length: all }, (_, at) => (at < silent ? silence : 500));
const facts = (silences: number[], more: object = {}) => ({
  silences,
  budgetPassed: false,
  budgetShare: 1,
  now: 1_000_000,
  ...more,
});
const look = (brake: Brake, silences: number[], more: object = {}) =>
  decideBrake(brake, facts(silences, more));
const engagedBy = (brake: Brake) => (brake.engaged ? brake.cause : undefined);

describe('the brake', () => {
  it.each([
    ['no host is known', [], undefined],
    ['all are heard', fleet(10, 0), undefined],
    ['2 of 10 fell silent', fleet(10, 2), undefined],
    ['3 of 10 fell silent', fleet(10, 3), 'silence'],
    ['3 of 11 fell silent', fleet(11, 3), undefined],
    ['30 of 100 fell silent', fleet(100, 30), 'silence'],
    ['2 of 2 fell silent', fleet(2, 2), 'silence'],
    ['half of 4 fell silent', fleet(4, 2), undefined],
    ['half are gone since days', fleet(10, 5, 86_400_000), undefined],
  ])('when %s: %s', (_what, silences, cause) => {
    expect(engagedBy(look(RELEASED, silences))).toBe(cause);
  });

  it('is engaged when repairs pass their budget, and released when half of it is back', () => {
    const on = look(RELEASED, fleet(3, 0), { budgetPassed: true, budgetShare: 0 });
    expect(on).toMatchObject({ engaged: true, cause: 'budget', reason: 'repairs passed their budget' });
    const still = look(on, fleet(3, 0), { budgetShare: 0.4, now: 1_020_000 });
    expect(still.engaged).toBe(true);
    const calm = look(still, fleet(3, 0), { budgetShare: 0.6, now: 1_030_000 });
    expect(calm.engaged).toBe(true);
    expect(look(calm, fleet(3, 0), { budgetShare: 0.6, now: 1_030_000 + CALM_MS })).toEqual(RELEASED);
  });

  it('stays on while hosts come and go at the edge', () => {
    let brake = look(RELEASED, fleet(10, 3));
    for (let second = 1; second < 60; second += 1) {
      const silences = fleet(10, second % 4 === 0 ? 0 : 2, SILENT + second * 1_000);
      brake = look(brake, silences, { now: 1_000_000 + second * 1_000 });
      expect(brake.engaged).toBe(true);
    }
  });

  it('is released when most are heard again for a while', () => {
    const on = look(RELEASED, fleet(10, 4));
    const calm = look(on, fleet(10, 1, SILENT + 5_000), { now: 1_005_000 });
    expect(calm.engaged).toBe(true);
    expect(look(calm, fleet(10, 1, SILENT + 15_000), { now: 1_005_000 + CALM_MS })).toEqual(RELEASED);
  });

  it('takes a silence that nothing is added to for a fact about the hosts', () => {
    const on = look(RELEASED, fleet(10, 4));
    const later = SETTLED_MS + SILENCE_WINDOW_MS;
    const calm = look(on, fleet(10, 4, TIMERS.hostUnknown + later), { now: 1_000_000 + later });
    const end = look(calm, fleet(10, 4, TIMERS.hostUnknown + later + CALM_MS), {
      now: 1_000_000 + later + CALM_MS,
    });
    expect([calm.engaged, end.engaged]).toEqual([true, false]);
  });
});
