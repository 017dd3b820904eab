import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatRange, freeRanges, type PoolDefinition, parseRange, poolSize } from './free-ranges.js';
import { formatIp, parseCidr, parseIp } from './ip.js';

const pool = (cidr: string, fields: Partial<PoolDefinition> = {}): PoolDefinition => ({
  cidr: parseCidr(cidr)!,
  ranges: [],
  reserved: [],
  ...fields,
});
const range = (text: string, cidr: string) => parseRange(text, [parseCidr(cidr)!])!;

describe('what a network has to give', () => {
  it('is all but its edges, its gateway and what is reserved', () => {
    const cidr = '10.0.0.0/29';
    const free = freeRanges(
      pool(cidr, { gateway: parseIp('10.0.0.1'), reserved: [range('10.0.0.3-10.0.0.4', cidr)] }),
    );
    expect(free.map(formatRange)).toEqual(['10.0.0.2', '10.0.0.5', '10.0.0.6']);
    expect(free.every((it) => it.automatic)).toBe(true);
  });

  it('is given without being asked for only where its ranges say so', () => {
    const cidr = '10.0.0.0/28';
    const free = freeRanges(
      pool(cidr, { ranges: [range('10.0.0.4-10.0.0.5', cidr), range('10.0.0.5', cidr)] }),
    );
    const show = (automatic: boolean) => free.filter((it) => it.automatic === automatic).map(formatRange);
    expect(show(true)).toEqual(['10.0.0.4', '10.0.0.5']);
    expect(show(false)).toEqual(['10.0.0.1-10.0.0.3', '10.0.0.6-10.0.0.14']);
  });

  it('costs no more for a large network than for a small one', () => {
    for (const cidr of ['10.0.0.0/8', 'fd00::/64', '10.0.0.0/24']) {
      expect(freeRanges(pool(cidr)).length).toBeLessThanOrEqual(17);
    }
    expect(poolSize(pool('fd00::/64'))).toBe(2n ** 64n - 1n);
    expect(poolSize(pool('10.0.0.0/8'))).toBe(2n ** 24n - 2n);
  });

  it('is exactly what a naive count says, each address once', () => {
    const cidr = parseCidr('10.0.0.0/26')!;
    const at = fc.bigInt({ min: cidr.first, max: cidr.last });
    const ranges = fc.array(
      fc.tuple(at, at).map(([a, b]) => (a < b ? { first: a, last: b } : { first: b, last: a })),
      { maxLength: 4 },
    );
    fc.assert(
      fc.property(ranges, ranges, fc.option(at, { nil: undefined }), (wanted, reserved, gateway) => {
        const within = (list: { first: bigint; last: bigint }[], value: bigint) =>
          list.some((it) => value >= it.first && value <= it.last);
        const expected: Record<string, boolean> = {};
        for (let value = cidr.first + 1n; value < cidr.last; value++) {
          if (value === gateway || within(reserved, value)) continue;
          expected[formatIp({ family: 4, value })] = wanted.length === 0 || within(wanted, value);
        }
        const actual: Record<string, boolean> = {};
        const definition = pool('10.0.0.0/26', { ranges: wanted, reserved });
        if (gateway !== undefined) definition.gateway = { family: 4, value: gateway };
        for (const free of freeRanges(definition)) {
          for (let value = free.first; value <= free.last; value++) {
            const text = formatIp({ family: 4, value });
            expect(actual).not.toHaveProperty([text]);
            actual[text] = free.automatic;
          }
        }
        expect(actual).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });
});

describe('a range', () => {
  it('is two addresses of one network in their order, or one address', () => {
    const cidrs = [parseCidr('10.0.0.0/24')!, parseCidr('fd00::/64')!];
    expect(formatRange(parseRange('10.0.0.5 - 10.0.0.9', cidrs)!)).toBe('10.0.0.5-10.0.0.9');
    expect(formatRange(parseRange('fd00::5', cidrs)!)).toBe('fd00::5');
    for (const text of ['10.0.0.9-10.0.0.5', '10.0.1.1', '10.0.0.1-fd00::1', '1-2-3', '', '10.0.0.1-']) {
      expect([text, parseRange(text, cidrs)]).toEqual([text, undefined]);
    }
  });
});
