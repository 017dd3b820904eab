import { describe, expect, it } from '@jest/globals';
import { ipv6Hex, linkLocalOf, netmask } from './cidr.js';

describe('addresses in other forms', () => {
  it.each([
    [24, '255.255.255.0'],
    [20, '255.255.240.0'],
    [8, '255.0.0.0'],
    [30, '255.255.255.252'],
  ])('a prefix of %d is a mask', (prefix, mask) => {
    expect(netmask(prefix)).toBe(mask);
  });

  it('a MAC has a link-local address', () => {
    expect(linkLocalOf('52:54:00:12:34:56')).toBe('fe80:0:0:0:5054:ff:fe12:3456');
    expect(linkLocalOf('02:00:00:00:00:01')).toBe('fe80:0:0:0:0:ff:fe00:1');
  });

  it.each([
    ['::', `0x${'0'.repeat(32)}`],
    ['fd00::b', `0xfd00${'0'.repeat(24)}000b`],
    ['2001:db8:1:2:3:4:5:6', '0x20010db8000100020003000400050006'],
  ])('%s is one number', (address, hex) => {
    expect(ipv6Hex(address)).toBe(hex);
  });
});
