import { describe, expect, it } from '@jest/globals';
import { defaultGateway, type NetworkDefinition, networkFaults, poolsOf } from './network-definition.js';

const network = (fields: Partial<NetworkDefinition> = {}): NetworkDefinition => ({
  kind: 'managed',
  bridge: '',
  vlan: 0,
  cidrV4: '10.0.0.0/24',
  gatewayV4: '10.0.0.1',
  cidrV6: 'fd00::/64',
  gatewayV6: 'fd00::1',
  dns: ['9.9.9.9'],
  dhcp: true,
  nat: true,
  antiSpoofing: true,
  ranges: ['10.0.0.10-10.0.0.20', 'fd00::10-fd00::20'],
  reserved: ['10.0.0.2'],
  ...fields,
});
const faults = (fields: Partial<NetworkDefinition>) =>
  networkFaults(network(fields)).map((it) => `${it.field}:${it.code}`);

describe('the definition of a network', () => {
  it('is fine with both families, and with one', () => {
    expect(faults({})).toEqual([]);
    expect(faults({ cidrV6: '', gatewayV6: '', ranges: [] })).toEqual([]);
  });

  it('is refused at each field that contradicts another', () => {
    for (const [fields, expected] of [
      [{ cidrV4: '', gatewayV4: '', cidrV6: '', gatewayV6: '', ranges: [], reserved: [] }, ['cidr:required']],
      [{ cidrV4: 'fd00::/64', ranges: [], reserved: [] }, ['cidr:invalid']],
      [{ cidrV4: '10.0.0.0/31', gatewayV4: '', ranges: [], reserved: [] }, ['cidr:range']],
      [{ cidrV4: '', ranges: [], reserved: [] }, ['gateway:invalid']],
      [{ gatewayV4: '10.0.0.255' }, ['gateway:invalid']],
      [{ gatewayV6: 'fd00::' }, ['gatewayV6:invalid']],
      [{ bridge: 'br0', vlan: 3 }, ['bridge:invalid', 'vlan:invalid']],
      [{ kind: 'bridge', bridge: 'br0' }, ['dhcp:invalid', 'nat:invalid']],
      [{ kind: 'bridge', dhcp: false, nat: false, antiSpoofing: false }, ['bridge:required']],
      [{ dns: ['9.9.9.9', 'dns.example'] }, ['dns[1]:invalid']],
      [{ ranges: ['10.1.0.1'], reserved: ['x'] }, ['ranges[0]:invalid', 'reserved[0]:invalid']],
    ] as const) {
      expect(faults(fields as Partial<NetworkDefinition>)).toEqual(expected);
    }
  });

  it('holds a gateway and a guest, and is no larger than anybody means, in either family', () => {
    const bare = { gatewayV4: '', gatewayV6: '', ranges: [], reserved: [] };
    const of = (prefix: number, V6: boolean) =>
      faults({ ...bare, ...(V6 ? { cidrV6: `::/${prefix}` } : { cidrV4: `0.0.0.0/${prefix}` }) });
    for (const prefix of [8, 30]) expect(of(prefix, false)).toEqual([]);
    for (const prefix of [7, 31]) expect(of(prefix, false)).toEqual(['cidr:range']);
    for (const prefix of [32, 126]) expect(of(prefix, true)).toEqual([]);
    for (const prefix of [31, 127]) expect(of(prefix, true)).toEqual(['cidrV6:range']);
  });

  it('has a gateway that a host of it can have', () => {
    for (const gatewayV4 of ['10.0.0.0', '10.0.0.255', '10.0.1.1', 'fd00::1', 'x'])
      expect(faults({ gatewayV4 })).toEqual(['gateway:invalid']);
    expect(faults({ gatewayV4: '10.0.0.254' })).toEqual([]);
    for (const gatewayV6 of ['fd00::', 'fd01::1', '10.0.0.1']) {
      expect(faults({ gatewayV6 })).toEqual(['gatewayV6:invalid']);
    }
    // IPv6 has no broadcast address.
    expect(faults({ gatewayV6: 'fd00::ffff:ffff:ffff:ffff' })).toEqual([]);
  });

  it('says what would do instead', () => {
    const said = (fields: Partial<NetworkDefinition>) => networkFaults(network(fields))[0]?.message;
    const bare = { gatewayV4: '', gatewayV6: '', ranges: [], reserved: [] };
    expect(said({ ...bare, cidrV4: 'x' })).toBe(
      'must be an IPv4 network without host bits, such as 10.20.0.0/24',
    );
    expect(said({ ...bare, cidrV6: 'x' })).toBe(
      'must be an IPv6 network without host bits, such as fd00:20::/64',
    );
    expect(said({ ...bare, cidrV4: '10.0.0.0/31' })).toBe('its prefix must be 8 to 30');
    expect(said({ ...bare, cidrV4: '', cidrV6: '' })).toBe('a managed network has a cidr or a cidrV6');
    expect(said({ gatewayV4: '10.0.1.1' })).toBe('must be an address of 10.0.0.0/24 that a host can have');
    expect(said({ ...bare, cidrV6: '', gatewayV6: 'fd00::1' })).toBe('needs a cidrV6');
    expect(said({ bridge: 'br0' })).toBe('VMAN makes the bridge of a managed network');
    expect(said({ vlan: 3 })).toBe('is for networks of kind bridge');
    expect(said({ kind: 'bridge', dhcp: false, nat: false })).toBe(
      'a network of kind bridge names the bridge of the hosts',
    );
    expect(said({ kind: 'bridge', bridge: 'br0' })).toBe('is for managed networks');
    expect(said({ dns: ['x'] })).toBe('must be an IP address');
    expect(said({ reserved: ['x'] })).toBe('must be an address or `first-last` within the network');
  });

  it('makes one pool a family, with its own ranges', () => {
    expect(poolsOf(network()).map((it) => [it.cidr.family, it.ranges.length, it.reserved.length])).toEqual([
      [4, 1, 1],
      [6, 1, 0],
    ]);
    expect(poolsOf(network({ cidrV4: '', cidrV6: '' }))).toEqual([]);
    expect([defaultGateway('10.0.0.0/24'), defaultGateway('x')]).toEqual(['10.0.0.1', '']);
  });
});
