import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { lacks, type PoolFacts, planStorage } from './storage.js';

const GIB = 1024 ** 3;
const pool = (fields: Partial<PoolFacts> = {}): PoolFacts => ({
  poolId: 'p-local',
  name: 'local',
  available: true,
  reason: '',
  capacityBytes: 100 * GIB,
  freeBytes: 50 * GIB,
  reservedBytes: 0,
  overcommitPercent: 100,
  watermarkPercent: 90,
  ...fields,
});

describe('room for disks', () => {
  it('is in the pool that is named, by name or id, and in the own one otherwise', () => {
    const pools = [pool(), pool({ poolId: 'p-far', name: 'far' })];
    const wanted = [{ bytes: 1 }, { pool: 'far', bytes: 1 }, { pool: 'p-far', bytes: 0 }];
    expect(planStorage(wanted, pools)).toEqual({ kind: 'fits', poolIds: ['p-local', 'p-far', 'p-far'] });
  });

  it('is counted over all disks of one pool, and refused with the figures', () => {
    const wanted = [{ bytes: 60 * GIB }, { bytes: 60 * GIB }];
    expect(planStorage(wanted, [pool()])).toEqual({
      kind: 'refused',
      reason: 'full',
      message: 'pool local: 120 GiB asked, 100 GiB free of 100 GiB x 1',
    });
  });

  it('is not where a pool is missing, cannot be used, or is fuller than its watermark', () => {
    expect(planStorage([{ pool: 'far', bytes: 1 }], [pool()])).toMatchObject({ reason: 'no-pool' });
    expect(planStorage([{ bytes: 1 }], [pool({ available: false, reason: 'gone' })])).toMatchObject({
      reason: 'unavailable',
      message: 'pool local cannot be used: gone',
    });
    expect(lacks(pool({ freeBytes: 5 * GIB }), 1)).toContain('95 % full');
    expect(lacks(pool({ capacityBytes: 0, freeBytes: 0 }), 1)).toContain('0 GiB free');
    const missing = { kind: 'refused', reason: 'no-pool', message: 'has no pool far' };
    expect(planStorage([{ pool: 'far', bytes: 1 }], [pool()])).toEqual(missing);
    expect(planStorage([{ bytes: 1 }, { pool: 'far', bytes: 1 }], [])).toEqual(missing);
    expect(planStorage([{ pool: 'local', bytes: 1 }], [])).toMatchObject({ kind: 'fits' });
  });

  it('is there to the last byte of what may be promised, and up to the watermark', () => {
    expect(lacks(pool({ reservedBytes: 40 * GIB }), 60 * GIB)).toBeUndefined();
    expect(lacks(pool({ reservedBytes: 40 * GIB }), 61 * GIB)).toBe(
      'pool local: 61 GiB asked, 60 GiB free of 100 GiB x 1',
    );
    expect(lacks(pool({ freeBytes: 10 * GIB }), 1)).toBeUndefined();
    expect(lacks(pool({ freeBytes: 10 * GIB - 1 }), 1)).toContain('90 % full');
  });

  it('is not asked of a pool for a disk that is there already', () => {
    const full = pool({ reservedBytes: 100 * GIB, freeBytes: 0 });
    expect(planStorage([{ pool: 'local', bytes: 0 }], [full])).toMatchObject({ kind: 'fits' });
  });

  it('is not counted on a host that tells of no pools, which has but its own', () => {
    expect(planStorage([{ bytes: GIB }], [])).toEqual({ kind: 'fits', poolIds: [undefined] });
    expect(planStorage([{ pool: 'far', bytes: GIB }], [])).toMatchObject({ reason: 'no-pool' });
  });

  it('never passes the limit, whatever is asked', () => {
    const facts = fc.record({
      reservedBytes: fc.nat(500),
      overcommitPercent: fc.integer({ min: 1, max: 500 }),
      bytes: fc.nat(500),
    });
    fc.assert(
      fc.property(facts, ({ bytes, ...fields }) => {
        const small = pool({ capacityBytes: 100, freeBytes: 100, ...fields });
        if (lacks(small, bytes) === undefined) {
          expect(small.reservedBytes + bytes).toBeLessThanOrEqual(small.overcommitPercent);
        }
      }),
    );
  });
});
