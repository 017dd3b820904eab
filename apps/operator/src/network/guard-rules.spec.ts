import { describe, expect, it } from '@jest/globals';
import { managedNetwork, nicIn } from '../../../../test/operator/network-builders.js';
import { guardScript, unguardScript } from './guard-rules.js';
import type { BridgedNic } from './network-names.js';

const nic = {
  ...nicIn(managedNetwork(), '10.77.0.11'),
  nicId: '0198b1f0-7a11-7c3e-9d55-0123456789ab',
  mac: '52:54:00:00:00:0a',
} as BridgedNic;
const withAddresses = (...addresses: string[]): BridgedNic => ({
  ...nic,
  network: {
    ...nic.network,
    addresses: addresses.map((address) => ({ address, prefix: 64, source: 'static' })),
  },
});
const rulesOf = (it: BridgedNic) =>
  guardScript('t', it)
    .split('\n')
    .filter((line) => line.startsWith('add rule bridge t nic_'))
    .map((line) => line.replace('add rule bridge t nic_0123456789ab ', ''));

describe('the guard of a NIC', () => {
  it('lets through its own addresses, and what a guest says before it has one', () => {
    expect(rulesOf(withAddresses('10.77.0.11', 'fd00::b'))).toEqual([
      'ether saddr != 52:54:00:00:00:0a drop',
      'ether type arp arp saddr ether != 52:54:00:00:00:0a drop',
      'ether type ip udp sport 67 drop',
      'ether type ip6 udp sport 547 drop',
      'ether type ip6 icmpv6 type nd-router-advert drop',
      'ether type arp arp saddr ip { 10.77.0.11 } accept',
      'ether type arp arp saddr ip 0.0.0.0 arp daddr ip { 10.77.0.11 } accept',
      'ether type ip ip saddr 0.0.0.0 ip daddr 255.255.255.255 udp sport 68 udp dport 67 accept',
      'ether type ip ip saddr { 10.77.0.11 } accept',
      'ether type ip6 icmpv6 type nd-neighbor-advert @th,64,128 != 0xfe80000000000000505400fffe00000a @th,64,128 != 0xfd00000000000000000000000000000b drop',
      'ether type ip6 ip6 saddr :: icmpv6 type nd-neighbor-solicit @th,64,128 != 0xfe80000000000000505400fffe00000a @th,64,128 != 0xfd00000000000000000000000000000b drop',
      'ether type ip6 ip6 saddr :: icmpv6 type { nd-neighbor-solicit, nd-router-solicit, mld2-listener-report } accept',
      'ether type ip6 ip6 saddr { fe80:0:0:0:5054:ff:fe00:a, fd00::b } accept',
      'drop',
    ]);
  });

  it('names no IPv4 address where there is none', () => {
    expect(rulesOf(withAddresses('fd00::b')).filter((rule) => /arp saddr ip|ip saddr \{/.test(rule))).toEqual(
      [],
    );
  });

  it('binds a NIC whose addresses nobody knows to its MAC', () => {
    expect(rulesOf(withAddresses())).toEqual([
      'ether saddr != 52:54:00:00:00:0a drop',
      'ether type arp arp saddr ether != 52:54:00:00:00:0a drop',
      'ether type ip udp sport 67 drop',
      'ether type ip6 udp sport 547 drop',
      'ether type ip6 icmpv6 type nd-router-advert drop',
    ]);
  });

  it('is found by the name of its tap, and goes with its chain', () => {
    expect(guardScript('t', nic)).toContain(
      'add element bridge t taps { "vm-0123456789ab" : jump nic_0123456789ab }',
    );
    expect(unguardScript('t', nic.nicId).trim().split('\n').slice(-3)).toEqual([
      'delete element bridge t taps { "vm-0123456789ab" }',
      'flush chain bridge t nic_0123456789ab',
      'delete chain bridge t nic_0123456789ab',
    ]);
  });
});
