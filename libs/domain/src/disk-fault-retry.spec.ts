import { describe, expect, it } from '@jest/globals';
import { mayRetryDisks, SPACE_TO_RESUME_BYTES, type StoppedGuest } from './disk-fault-retry.js';

const full: StoppedGuest = { kinds: ['no-space'], retries: 0, stoppedMs: 5_000, freeBytes: 0 };

describe('a guest stopped by its disk', () => {
  it('waits while its storage is full, and goes on soon after there is space', () => {
    expect(mayRetryDisks(full)).toBe(false);
    expect(mayRetryDisks({ ...full, freeBytes: SPACE_TO_RESUME_BYTES })).toBe(true);
    expect(mayRetryDisks({ ...full, freeBytes: SPACE_TO_RESUME_BYTES, stoppedMs: 500 })).toBe(false);
    expect(mayRetryDisks({ ...full, freeBytes: undefined })).toBe(false);
  });

  it('is tried now and then even where no space is seen', () => {
    expect(mayRetryDisks({ ...full, stoppedMs: 60_000 })).toBe(true);
  });

  it('is tried more and more rarely when each try ends the same way', () => {
    const space = { ...full, freeBytes: SPACE_TO_RESUME_BYTES };
    expect(mayRetryDisks({ ...space, retries: 4 })).toBe(false);
    expect(mayRetryDisks({ ...space, retries: 4, stoppedMs: 16_000 })).toBe(true);
    expect(mayRetryDisks({ ...space, retries: 99, stoppedMs: 30_000 })).toBe(true);
  });

  it('is tried with more patience after a real error, or when nobody knows which disk it was', () => {
    for (const kinds of [['no-space', 'io-error'], []] as StoppedGuest['kinds'][]) {
      const stopped = { ...full, kinds, freeBytes: SPACE_TO_RESUME_BYTES };
      expect(mayRetryDisks(stopped)).toBe(false);
      expect(mayRetryDisks({ ...stopped, stoppedMs: 10_000 })).toBe(true);
      expect(mayRetryDisks({ ...stopped, stoppedMs: 10_000, retries: 1 })).toBe(false);
      expect(mayRetryDisks({ ...stopped, stoppedMs: 300_000, retries: 9 })).toBe(true);
    }
  });
});
