import { describe, expect, it } from '@jest/globals';
import type { Nic } from '#libs/contracts';
import { networkConfigOf } from './network-config.js';

type Network = NonNullable<Nic['network']>;
const network = (fields: Partial<Network>): Network => ({
  networkId: 'n',
  name: 'lan',
  bridge: 'br0',
  vlan: 0,
  cidrV4: '10.20.0.0/24',
  gatewayV4: '10.20.0.1',
  cidrV6: '',
  gatewayV6: '',
  dns: [],
  mtu: 0,
  domain: '',
  dhcp: false,
  nat: false,
  antiSpoofing: false,
  addresses: [],
  ...fields,
});

describe('the network configuration of a guest', () => {
  it('finds each NIC by its MAC and lets one on the user network ask by DHCP', () => {
    expect(networkConfigOf([{ mac: '52:00:00:00:00:01' }, { mac: '52:00:00:00:00:02' }])).toEqual({
      version: 2,
      ethernets: {
        eth0: { match: { macaddress: '52:00:00:00:00:01' }, 'set-name': 'eth0', dhcp4: true },
        eth1: { match: { macaddress: '52:00:00:00:00:02' }, 'set-name': 'eth1', dhcp4: true },
      },
    });
    expect(networkConfigOf([])).toEqual({ version: 2, ethernets: {} });
  });

  it('gives static addresses with the gateways, name servers and MTU of their network', () => {
    const lan = network({
      cidrV6: 'fd00::/64',
      gatewayV6: 'fd00::1',
      dns: ['10.20.0.53'],
      domain: 'lan.example',
      mtu: 1400,
      dhcp: true,
      addresses: [
        { address: '10.20.0.5', prefix: 24, source: 'static' },
        { address: 'fd00::5', prefix: 64, source: 'static' },
      ],
    });
    expect(networkConfigOf([{ mac: 'm', network: lan }]).ethernets.eth0).toEqual({
      match: { macaddress: 'm' },
      'set-name': 'eth0',
      dhcp4: false,
      addresses: ['10.20.0.5/24', 'fd00::5/64'],
      routes: [
        { to: '0.0.0.0/0', via: '10.20.0.1' },
        { to: '::/0', via: 'fd00::1' },
      ],
      nameservers: { addresses: ['10.20.0.53'], search: ['lan.example'] },
      mtu: 1400,
    });
  });

  it('asks by DHCP only for a family that the network gives out so, and that has no static address', () => {
    const of = (fields: Partial<Network>) =>
      networkConfigOf([{ mac: 'm', network: network(fields) }]).ethernets.eth0;
    const told = { address: '10.20.0.7', prefix: 24, source: 'dhcp' as const };
    expect(of({ dhcp: true, addresses: [told], dns: ['10.20.0.1'] })).toEqual({
      match: { macaddress: 'm' },
      'set-name': 'eth0',
      dhcp4: true,
    });
    expect(of({ dhcp: true, cidrV6: 'fd00::/64' })).toMatchObject({ dhcp4: true, dhcp6: true });
    expect(of({ dhcp: false })).toMatchObject({ dhcp4: false });
  });
});
