import { expect, it } from '@jest/globals';
import { timeLimitOf } from './time-limit.js';

it('gives a long poll the seconds that it asks for on top', () => {
  expect(timeLimitOf('http://x/v1/vms')).toBe(15_000);
  expect(timeLimitOf('http://x/v1/operations/1?wait=30s')).toBe(45_000);
  expect(timeLimitOf('http://x/v1/vms/1/wait?for=ready&timeout=60s')).toBe(75_000);
  expect(timeLimitOf('http://x/v1/vms?timeout=odd')).toBe(15_000);
});
