import { expect, it } from '@jest/globals';
import { VirtualClock } from '#libs/testing';
import { RateLimit } from './rate-limit.js';

it('lets a key spend its window at once, and then wait for the next one; others are not concerned', async () => {
  const clock = new VirtualClock();
  const limit = new RateLimit(clock, 2, 10_000);
  expect([limit.take('a'), limit.take('a'), limit.take('a')]).toEqual([
    { allowed: true, resetSeconds: 10 },
    { allowed: true, resetSeconds: 10 },
    { allowed: false, resetSeconds: 10 },
  ]);
  expect(limit.take('b').allowed).toBe(true);
  await clock.advance(6_500);
  expect(limit.take('a')).toEqual({ allowed: false, resetSeconds: 4 });
  await clock.advance(3_500);
  expect(limit.take('a').allowed).toBe(true);
});

it('without a limit counts and refuses nothing', () => {
  const limit = new RateLimit(new VirtualClock(), 0, 1_000);
  for (let at = 0; at < 100; at++) expect(limit.take('a').allowed).toBe(true);
});
