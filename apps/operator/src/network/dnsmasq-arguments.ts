import { isIPv6 } from 'node:net';
import type { NicNetwork } from '#libs/contracts';
import { netmask, splitCidr } from './cidr.js';
import { leaseWord } from './dhcp-server.js';

/** Long enough that guests keep their address while no server runs, short enough that a lost one is found again. */
const LEASE = '12h';

export interface DnsmasqPlaces {
  bridge: string;
  /** Folder with one reservation a file; what appears in it is read at once. */
  hosts: string;
  leases: string;
}

/**
 * The whole argument list of a network's DHCP server. It gives out reserved addresses alone. Without name servers of
 * the network it is also the guests' name server; otherwise it answers no question. Pure.
 */
export function dnsmasqArguments(network: NicNetwork, { bridge, hosts, leases }: DnsmasqPlaces): string[] {
  const { cidrV4, cidrV6, gatewayV4, gatewayV6, dns, domain, mtu } = network;
  const servers = dns.filter((address) => !isIPv6(address));
  const servers6 = dns.filter((address) => isIPv6(address)).map((address) => `[${address}]`);
  return [
    ...[
      '--keep-in-foreground',
      '--conf-file=/dev/null',
      '--log-facility=-',
      '--no-hosts',
      '--dhcp-authoritative',
    ],
    // Else a line a lease and day, forever.
    ...['--quiet-dhcp', '--quiet-dhcp6', '--quiet-ra'],
    ...[`--interface=${bridge}`, '--bind-interfaces', '--except-interface=lo'],
    ...[`--dhcp-hostsdir=${hosts}`, leaseWord(leases)],
    ...(dns.length > 0 ? ['--port=0'] : ['--bogus-priv', '--domain-needed']),
    ...(domain ? [`--domain=${domain}`, `--local=/${domain}/`] : []),
    ...(cidrV4 ? [`--dhcp-range=${rangeV4(cidrV4)}`] : []),
    ...(gatewayV4 ? [`--dhcp-option=option:router,${gatewayV4}`] : []),
    ...(servers.length > 0 ? [`--dhcp-option=option:dns-server,${servers.join(',')}`] : []),
    ...(mtu > 0 ? [`--dhcp-option=option:mtu,${mtu}`] : []),
    ...(cidrV6 && gatewayV6 ? [`--dhcp-range=${rangeV6(cidrV6)}`, '--enable-ra'] : []),
    ...(servers6.length > 0 ? [`--dhcp-option=option6:dns-server,${servers6.join(',')}`] : []),
    // In DHCP of IPv4 it goes without saying.
    ...(cidrV6 && gatewayV6 && domain ? [`--dhcp-option=option6:domain-search,${domain}`] : []),
  ];
}

function rangeV4(cidr: string): string {
  const { base, prefix } = splitCidr(cidr);
  return `${base},static,${netmask(prefix)},${LEASE}`;
}

function rangeV6(cidr: string): string {
  const { base, prefix } = splitCidr(cidr);
  return `${base},static,${prefix},${LEASE}`;
}
