import { describe, expect, it } from '@jest/globals';
import { addDisk } from './add-disk.js';
import { parseDuration } from './parse-duration.js';
import { addForward } from './parse-forward.js';
import { addLabel, addLabelChange } from './parse-label.js';
import { parseCount } from './parse-number.js';
import { parseGibibytes, parseMebibytes } from './parse-size.js';

describe('a size', () => {
  it.each([
    ['512', 512],
    ['512MiB', 512],
    ['512m', 512],
    ['2GiB', 2048],
    ['1.5G', 1536],
    ['1 TiB', 1_048_576],
  ])('%s is so many MiB', (text, mib) => {
    expect(parseMebibytes(text)).toBe(mib);
  });

  it.each(['', 'much', '0', '1.3', '-1', '5 apples'])('%p is refused', (text) => {
    expect(() => parseMebibytes(text)).toThrow(/must be a size/);
  });

  it('of a disk is in whole GiB', () => {
    expect(parseGibibytes('10')).toBe(10);
    expect(parseGibibytes('1TiB')).toBe(1024);
    expect(() => parseGibibytes('100MiB')).toThrow(/whole GiB/);
    expect(addDisk('2', addDisk('1GiB'))).toEqual([{ sizeGiB: 1 }, { sizeGiB: 2 }]);
  });
});

it('a time has a unit or is seconds', () => {
  expect(['90', '90s', '5m', '1h', '250ms'].map(parseDuration)).toEqual([
    90_000, 90_000, 300_000, 3_600_000, 250,
  ]);
  expect(() => parseDuration('soon')).toThrow(/must be a time/);
});

it('a count is whole', () => {
  expect(parseCount('4')).toBe(4);
  expect(() => parseCount('4.5')).toThrow(/whole number/);
});

describe('labels', () => {
  it('add up, and the last one wins', () => {
    expect(addLabel('a=2', addLabel('b=', addLabel('a=1')))).toEqual({ a: '2', b: '' });
  });

  it('are removed by a hyphen, in a change alone', () => {
    expect(addLabelChange('old-', addLabelChange('a=b=c'))).toEqual({ a: 'b=c', old: null });
    expect(() => addLabel('old-')).toThrow(/key=value/);
    expect(() => addLabelChange('=x')).toThrow(/key=value/);
  });
});

describe('a port forward', () => {
  it.each([
    ['80', { guestPort: 80 }],
    ['8080:80', { hostPort: 8080, guestPort: 80 }],
    ['53:53/udp', { hostPort: 53, guestPort: 53, protocol: 'udp' }],
    ['0.0.0.0:8080:80/tcp', { hostAddress: '0.0.0.0', hostPort: 8080, guestPort: 80, protocol: 'tcp' }],
  ])('%s', (text, forward) => {
    expect(addForward(text)).toEqual([forward]);
  });

  it.each(['', 'http', '1:2:3', '80/icmp'])('%p is refused', (text) => {
    expect(() => addForward(text)).toThrow(/guestPort/);
  });
});
