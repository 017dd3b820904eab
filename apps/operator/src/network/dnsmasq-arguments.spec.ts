import { describe, expect, it } from '@jest/globals';
import { managedNetwork } from '../../../../test/operator/network-builders.js';
import { dnsmasqArguments } from './dnsmasq-arguments.js';
import { natScript } from './nat-rules.js';

const places = { bridge: 'vmb1', hosts: '/s/hosts', leases: '/s/leases' };

describe('the DHCP server of a network', () => {
  it('gives out reserved addresses alone, and is the name server where there is no other', () => {
    expect(dnsmasqArguments(managedNetwork({ mtu: 1400 }), places)).toEqual([
      ...['--keep-in-foreground', '--conf-file=/dev/null', '--log-facility=-', '--no-hosts'],
      ...['--dhcp-authoritative', '--quiet-dhcp', '--quiet-dhcp6', '--quiet-ra'],
      ...['--interface=vmb1', '--bind-interfaces', '--except-interface=lo'],
      ...['--dhcp-hostsdir=/s/hosts', '--dhcp-leasefile=/s/leases', '--bogus-priv', '--domain-needed'],
      ...['--domain=lan.test', '--local=/lan.test/', '--dhcp-range=10.77.0.0,static,255.255.255.0,12h'],
      ...['--dhcp-option=option:router,10.77.0.1', '--dhcp-option=option:mtu,1400'],
    ]);
  });

  it('names the name servers of the network, and answers no question itself', () => {
    const network = managedNetwork({
      dns: ['9.9.9.9', '2620:fe::fe'],
      cidrV6: 'fd00:77::/64',
      gatewayV6: 'fd00:77::1',
    });
    expect(dnsmasqArguments(network, places)).toEqual(
      expect.arrayContaining([
        '--port=0',
        '--dhcp-option=option:dns-server,9.9.9.9',
        '--dhcp-range=fd00:77::,static,64,12h',
        '--enable-ra',
        '--dhcp-option=option6:dns-server,[2620:fe::fe]',
        '--dhcp-option=option6:domain-search,lan.test',
      ]),
    );
  });
});

describe('a hidden network', () => {
  it('goes out under the address of its host, and takes in only answers', () => {
    const network = managedNetwork({
      networkId: '0198b1f0-7a11-7c3e-9d55-0123456789ab',
      cidrV6: 'fd00:77::/64',
    });
    expect(natScript('vmb1', network).trim().split('\n')).toEqual([
      'add table inet vman_0123456789ab',
      'delete table inet vman_0123456789ab',
      'add table inet vman_0123456789ab',
      'add chain inet vman_0123456789ab forward { type filter hook forward priority filter ; policy accept ; }',
      'add rule inet vman_0123456789ab forward oifname vmb1 iifname != vmb1 ct state != { established, related } drop',
      'add chain inet vman_0123456789ab out { type nat hook postrouting priority srcnat ; policy accept ; }',
      'add rule inet vman_0123456789ab out ip saddr 10.77.0.0/24 oifname != vmb1 masquerade',
      'add rule inet vman_0123456789ab out ip6 saddr fd00:77::/64 oifname != vmb1 masquerade',
    ]);
  });
});
