import { describe, expect, it } from '@jest/globals';
import { VirtualClock } from '#libs/testing';
import { RELEASED } from './brake.js';
import { Budget } from './budget.js';
import { type GateFacts, whyHeld } from './gate.js';
import { Pauses } from './pauses.js';
import { LONGEST_RESEND_MS, occasionOf, waitAfter } from './schedule.js';

describe('the budget of repairs', () => {
  it('is used up, and comes back with time', async () => {
    const clock = new VirtualClock();
    const budget = new Budget(clock, 60);
    for (let at = 0; at < 60; at += 1) budget.take();
    expect(budget.exhausted).toBe(true);
    await clock.advance(999);
    expect(budget.exhausted).toBe(true);
    await clock.advance(2);
    expect(budget.exhausted).toBe(false);
    await clock.advance(600_000);
    expect(budget.share).toBe(1);
  });
});

describe('pauses of repairs', () => {
  const pauses = (clock: VirtualClock) => {
    const book = new Pauses(clock);
    book.set([
      { pauseId: 'a', scope: 'vm', scopeId: 'v', remainingMs: 1_000 },
      { pauseId: 'b', scope: 'host', scopeId: 'h', remainingMs: 2_000 },
      { pauseId: 'c', scope: 'fleet', scopeId: '', remainingMs: 500 },
    ]);
    return book;
  };

  it('hold each within its scope, and end by themselves though nobody says so', async () => {
    const clock = new VirtualClock();
    const book = pauses(clock);
    expect(book.over('x', 'x')?.pauseId).toBe('c');
    await clock.advance(500);
    expect(book.over('x', 'x')).toBeUndefined();
    expect(book.over('x', 'v')?.pauseId).toBe('a');
    expect(book.over('h', 'x')).toMatchObject({ pauseId: 'b', remainingMs: 1_500 });
    await clock.advance(1_500);
    expect(book.list()).toEqual([]);
  });

  it('do not depend on the wall clock', async () => {
    const clock = new VirtualClock();
    const book = pauses(clock);
    clock.jumpWall(3_600_000);
    expect(book.list()).toHaveLength(3);
  });

  it('are replaced by what is told last', () => {
    const book = pauses(new VirtualClock());
    book.set([]);
    expect(book.over('h', 'v')).toBeUndefined();
  });
});

describe('the gate before a repair', () => {
  const facts: GateFacts = {
    decision: { kind: 'repair', action: 'converge', why: '', sightings: 2, inGrace: 'rests' },
    observeOnly: false,
    brake: RELEASED,
    pause: undefined,
    resting: false,
    sightings: 2,
    hostStartsUsedUp: false,
  };
  const engaged = {
    engaged: true,
    cause: 'budget',
    reason: 'too much',
    since: 0,
    calmSince: undefined,
  } as const;
  const restart = { ...facts.decision, action: 'restart', sightings: 1, inGrace: 'acts' } as const;
  const pause = { pauseId: 'p', scope: 'vm', scopeId: 'v', remainingMs: 7 } as const;

  it('lets pass what is seen often enough in a view that is whole', () => {
    expect(whyHeld(facts)).toBeUndefined();
    expect(whyHeld({ ...facts, decision: restart, resting: true, sightings: 1 })).toBeUndefined();
  });

  it.each<[string, Partial<GateFacts>]>([
    ['this observer only observes', { observeOnly: true }],
    ['the brake is on: too much', { brake: engaged }],
    ['repairs are paused for this vm', { pause }],
    ['repairs are paused for the fleet', { pause: { ...pause, scope: 'fleet' } }],
    ['the view is new: what is seen is compared first', { resting: true }],
    ['seen once; it is looked for again first', { sightings: 1 }],
    ['the starts of this host are used up for now', { decision: restart, hostStartsUsedUp: true }],
  ])('holds: %s', (why, change) => {
    expect(whyHeld({ ...facts, ...change })?.why).toBe(why);
  });
});

describe('the schedule of a repair', () => {
  it('tries more and more seldom', () => {
    expect([1, 2, 3, 4, 5, 6, 7].map(waitAfter)).toEqual([5, 5, 10, 20, 40, 60, 60].map((s) => s * 1_000));
    expect(waitAfter(1_000)).toBe(LONGEST_RESEND_MS);
  });

  it('gives the restart of one exit one name, and each look its own', () => {
    const rev = { startCount: 1, sequence: 2 };
    expect(occasionOf('restart', 4, rev, 1)).toBe(occasionOf('restart', 4, rev, 2));
    expect(occasionOf('converge', 0, rev, 1)).not.toBe(occasionOf('converge', 0, rev, 2));
    expect(occasionOf('converge', 0, undefined, 1)).toBe('0.0.1');
  });
});
