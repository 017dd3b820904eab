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

  it('makes one pool a family, with its own ranges', () => {
    expect(poolsOf(network()).map((it) => [it.cidr.family, it.ranges.length, it.reserved.length])).toEqual([
      [4, 1, 1],
      [6, 1, 0],
    ]);
    expect(poolsOf(network({ cidrV4: '', cidrV6: '' }))).toEqual([]);
    expect([defaultGateway('10.0.0.0/24'), defaultGateway('x')]).toEqual(['10.0.0.1', '']);
  });
});
