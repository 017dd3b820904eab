import { describe, expect, it } from '@jest/globals';
import { hasAddress, reportedInterfaces, toldInterfaces } from './guest-facts.js';

const v4 = (address: string) => ({ address, family: 'ipv4' as const, prefix: 24 });
const v6 = (address: string) => ({ address, family: 'ipv6' as const, prefix: 64 });
const nic = (name: string, addresses: ReturnType<typeof v4 | typeof v6>[], mac = '52:54:00:AA:00:01') => ({
  name,
  mac,
  addresses,
});

describe('what a guest tells of its network', () => {
  it('looks the same in whatever order it came', () => {
    const one = [nic('eth1', [v4('10.0.0.2'), v6('fd00::1')]), nic('eth0', [v4('10.0.0.9'), v4('10.0.0.1')])];
    const other = [
      nic('eth0', [v4('10.0.0.1'), v4('10.0.0.9')]),
      nic('eth1', [v6('fd00::1'), v4('10.0.0.2')]),
    ];
    expect(reportedInterfaces(one)).toEqual(reportedInterfaces(other));
    expect(reportedInterfaces(one).map(({ name }) => name)).toEqual(['eth0', 'eth1']);
  });

  it('is reported only for hardware, in lower case, and never without bound', () => {
    const many = Array.from({ length: 40 }, (_, at) => nic(`eth${at}`, Array(40).fill(v4('10.0.0.1'))));
    const seen = reportedInterfaces([nic('lo', [v4('127.0.0.1')], '00:00:00:00:00:00'), ...many]);
    expect(seen).toHaveLength(16);
    expect(seen[0]).toMatchObject({ name: 'eth0', mac: '52:54:00:aa:00:01' });
    expect(seen[0]?.addresses).toHaveLength(16);
    expect(toldInterfaces([{ name: 'tun0', mac: undefined, addresses: [] }])[0]?.mac).toBe('');
  });

  it('is no address yet while all are link-local', () => {
    const told = (...addresses: ReturnType<typeof v4>[]) => toldInterfaces([nic('eth0', addresses)]);
    expect(hasAddress(toldInterfaces([nic('eth0', [v6('fe80::1')])]))).toBe(false);
    expect(hasAddress(told(v4('169.254.1.1')))).toBe(false);
    expect(hasAddress(told(v4('169.254.1.1'), v4('10.0.0.1')))).toBe(true);
  });
});
