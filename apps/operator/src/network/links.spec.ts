import { describe, expect, it } from '@jest/globals';
import { isOurs, type Link, mustBeOurs, parseLinks } from './links.js';

const link = (fields: Partial<Link>): Link => ({
  name: 'vm-1',
  kind: 'tun',
  alias: '',
  master: '',
  mtu: 1500,
  filtersVlans: false,
  ...fields,
});

describe('interfaces of the host', () => {
  it('are read from what ip says', () => {
    const json = JSON.stringify([
      { ifname: 'lo', mtu: 65536 },
      { ifname: 'br0', mtu: 1500, linkinfo: { info_kind: 'bridge', info_data: { vlan_filtering: 1 } } },
      { ifname: 'vm-1', mtu: 1400, ifalias: 'vman h n', master: 'br0', linkinfo: { info_kind: 'tun' } },
    ]);
    expect(parseLinks(json)).toEqual([
      link({ name: 'lo', kind: '', mtu: 65536 }),
      link({ name: 'br0', kind: 'bridge', filtersVlans: true }),
      link({ alias: 'vman h n', master: 'br0', mtu: 1400 }),
    ]);
  });

  it('are ours by their mark, or while they have none yet', () => {
    expect(isOurs(link({ alias: 'vman h n 1' }), 'tun', 'vman h n')).toBe(true);
    expect(isOurs(link({}), 'tun', 'vman h n')).toBe(true);
    expect(isOurs(link({ alias: 'mine' }), 'tun', 'vman h n')).toBe(false);
    expect(isOurs(link({ kind: 'veth' }), 'tun', 'vman h n')).toBe(false);
    expect(() => mustBeOurs(link({ alias: 'mine' }), 'tun', 'vman h n')).toThrow("is not VMAN's");
  });
});
