import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AddressRules } from './address-rules.js';

const rules = new AddressRules(undefined);

describe('the addresses that are fetched from', () => {
  it.each(['93.184.216.34', '1.1.1.1', '2606:2800:220:1:248:1893:25c8:1946', '::ffff:1.1.1.1'])(
    'are public ones: %s',
    (address) => {
      expect(rules.allows(address)).toBe(true);
    },
  );

  it.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '169.254.169.254',
    '172.31.255.255',
    '192.168.0.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '0:0:0:0:0:ffff:a9fe:a9fe',
    '::127.0.0.1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '2001:0:7f00:1::',
    'fe80::1',
    'fe80::1%eth0',
    'fc00::1',
    'fd00:ec2::254',
    'fec0::1',
    'ff02::1',
    '2001:db8::1',
    'localhost',
    '',
  ])('are not those of the machine, its neighbours or a cloud: %s', (address) => {
    expect(rules.allows(address)).toBe(false);
  });

  it('are those of networks that an admin allowed, and no others', () => {
    const own = new AddressRules('10.1.0.0/16,fd00:1::/64');
    expect(
      ['10.1.2.3', '::ffff:10.1.2.3', 'fd00:1::5', '10.2.0.1', 'fd00:2::5'].map((it) => own.allows(it)),
    ).toEqual([true, true, true, false, false]);
  });

  it('are the same for an IPv4 address and its mapped form, whatever it is', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        expect(rules.allows(`::ffff:${address}`)).toBe(rules.allows(address));
      }),
    );
  });
});
