import { describe, expect, it } from '@jest/globals';
import { ERROR_CODES } from '#libs/errors';
import { retryDelay } from './retry.js';

describe('a generation that failed', () => {
  it('is tried again only when what stood in the way may go away by itself', () => {
    const retried = Object.keys(ERROR_CODES).filter((code) => retryDelay(code, 0) !== undefined);
    expect(retried.sort()).toEqual([
      'deadline_exceeded',
      'image_missing',
      'insufficient_memory',
      'lease_held',
      'network_unavailable',
      'pool_unavailable',
      'storage_full',
      'unavailable',
    ]);
  });

  it('waits twice as long each time, a minute at most', () => {
    const waits = [0, 1, 2, 3, 4, 5, 6, 60].map((attempt) => retryDelay('storage_full', attempt));
    expect(waits).toEqual([2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  });
});
