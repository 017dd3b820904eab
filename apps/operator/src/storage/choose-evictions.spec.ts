import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type CachedImage, chooseEvictions, IN_USE_MS } from './choose-evictions.js';

const HOUR = 3_600_000;
const NOW = { nowMs: 100 * HOUR, freeBytes: 500, capacityBytes: 1000 };
const LIMITS = { maxBytes: 0, maxAgeMs: 1000 * HOUR, minFreePercent: 0 };
const image = (digest: string, unusedHours: number, bytes = 10): CachedImage => ({
  digest,
  bytes,
  usedAtMs: NOW.nowMs - unusedHours * HOUR,
});
const images = [image('new', 1), image('old', 30), image('middle', 10)];
const none = new Set<string>();

describe('the image cache', () => {
  it('keeps everything within its limits', () => {
    expect(chooseEvictions(images, none, LIMITS, NOW)).toEqual([]);
  });

  it('lets go of what was not used for too long', () => {
    expect(chooseEvictions(images, none, { ...LIMITS, maxAgeMs: 9 * HOUR }, NOW)).toEqual(['old', 'middle']);
  });

  it('lets go of the longest unused while it is too large', () => {
    expect(chooseEvictions(images, none, { ...LIMITS, maxBytes: 25 }, NOW)).toEqual(['old']);
    expect(chooseEvictions(images, none, { ...LIMITS, maxBytes: 15 }, NOW)).toEqual(['old', 'middle']);
  });

  it('lets go of images while the file system is too full', () => {
    const full = { ...NOW, freeBytes: 95 };
    expect(chooseEvictions(images, none, { ...LIMITS, minFreePercent: 10 }, full)).toEqual(['old']);
  });

  it('never lets go of what a disk is based on, or of what was used just now, whatever the limits', () => {
    const any = fc.array(
      fc.record({
        digest: fc.uuid(),
        bytes: fc.nat(1000),
        usedAtMs: fc.nat(NOW.nowMs),
        based: fc.boolean(),
      }),
    );
    const limits = fc.record({ maxBytes: fc.nat(100), maxAgeMs: fc.nat(HOUR), minFreePercent: fc.nat(90) });
    fc.assert(
      fc.property(any, limits, (list, chosen) => {
        const based = new Set(list.filter((it) => it.based).map((it) => it.digest));
        const leaving = new Set(chooseEvictions(list, based, chosen, NOW));
        for (const { digest, usedAtMs } of list) {
          if (based.has(digest) || NOW.nowMs - usedAtMs < IN_USE_MS) expect(leaving.has(digest)).toBe(false);
        }
      }),
    );
  });
});
