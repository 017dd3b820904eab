import { isIP } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatIp, isWithin, overlaps, parseCidr, parseIp } from './ip.js';

describe('an address', () => {
  it('has one spelling, whatever it was written as', () => {
    for (const [written, spelled] of [
      ['10.0.0.1', '10.0.0.1'],
      ['::', '::'],
      ['FD00:0:0:0:0:0:0:1', 'fd00::1'],
      ['2001:db8::0:1:0:0', '2001:db8::1:0:0'],
      ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
      ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
      ['::ffff:10.0.0.1', '::ffff:a00:1'],
      ['1::', '1::'],
    ] as const) {
      expect([written, formatIp(parseIp(written)!)]).toEqual([written, spelled]);
    }
  });

  it('is nothing else', () => {
    for (const text of [
      '',
      '10.0.0',
      '10.0.0.256',
      '10.0.0.01',
      '1.2.3.4.5',
      ':',
      ':::',
      '1::2::3',
      'g::',
      '1:2:3:4:5:6:7',
      '1:2:3:4:5:6:7:8:9',
      '1:2:3:4:5:6:7::8:9',
      'fe80::1%eth0',
      '::1.2.3',
      '12345::',
      ' 1.2.3.4',
    ]) {
      expect([text, parseIp(text)]).toEqual([text, undefined]);
    }
  });

  it('reads back as itself, and is read as Node reads it', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), fc.string({ maxLength: 20 })), (text) => {
        const ip = parseIp(text);
        expect(ip?.family ?? 0).toBe(text.includes('%') ? 0 : isIP(text));
        if (ip) expect(parseIp(formatIp(ip))).toEqual(ip);
      }),
    );
  });
});

describe('a network', () => {
  it('has no bits behind its prefix', () => {
    expect(parseCidr('10.20.0.0/24')).toMatchObject({ family: 4, prefix: 24 });
    expect(parseCidr('fd00::/64')).toMatchObject({ family: 6, prefix: 64 });
    for (const text of ['10.20.0.1/24', '10.0.0.0', '10.0.0.0/33', 'x/8', 'fd00::/129', '10.0.0.0/8/8']) {
      expect([text, parseCidr(text)]).toEqual([text, undefined]);
    }
  });

  it('holds its addresses, and overlaps those that share one with it', () => {
    const [wide, narrow, other] = ['10.0.0.0/8', '10.1.0.0/16', '11.0.0.0/8'].map((it) => parseCidr(it)!);
    expect(isWithin(narrow!, parseIp('10.1.255.255')!)).toBe(true);
    expect(isWithin(narrow!, parseIp('10.2.0.0')!)).toBe(false);
    expect(isWithin(narrow!, parseIp('::1')!)).toBe(false);
    expect([overlaps(wide!, narrow!), overlaps(narrow!, wide!), overlaps(wide!, other!)]).toEqual([
      true,
      true,
      false,
    ]);
  });
});
