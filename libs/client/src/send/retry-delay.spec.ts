import { describe, expect, it } from '@jest/globals';
import { retryAfterOf, retryDelay } from './retry-delay.js';

describe('retryDelay', () => {
  it('tries again without an answer and after 429 and 503, each time later', () => {
    expect([0, 1, 2, 9].map((retries) => retryDelay({}, retries, 1))).toEqual([250, 500, 1000, 5000]);
    expect(retryDelay({ status: 429 }, 0, 0)).toBe(125);
    expect(retryDelay({ status: 503 }, 0, 1)).toBe(250);
  });

  it('waits as long as the server says, but not for ever', () => {
    expect(retryDelay({ status: 503, retryAfterSeconds: 7 }, 0, 0)).toBe(7000);
    expect(retryDelay({ status: 429, retryAfterSeconds: 3600 }, 0, 0)).toBeUndefined();
  });

  it('tries a conflict again only when the server says when', () => {
    expect(retryDelay({ status: 409, retryAfterSeconds: 1 }, 0, 0)).toBe(1000);
    expect(retryDelay({ status: 409 }, 0, 0)).toBeUndefined();
  });

  it.each([400, 401, 403, 404, 412, 500, 502, 507])('does not repeat what ended with %i', (status) => {
    expect(retryDelay({ status }, 0, 0)).toBeUndefined();
  });
});

describe('retryAfterOf', () => {
  it('reads seconds and dates', () => {
    const now = Date.parse('2026-01-01T00:00:00Z');
    expect(retryAfterOf('12', now)).toBe(12);
    expect(retryAfterOf('Thu, 01 Jan 2026 00:00:05 GMT', now)).toBe(5);
    expect(retryAfterOf('Wed, 31 Dec 2025 00:00:00 GMT', now)).toBe(0);
    expect(retryAfterOf('soon', now)).toBeUndefined();
    expect(retryAfterOf(null, now)).toBeUndefined();
  });
});
