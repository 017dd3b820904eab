/**
 * What keeps a guest to its own addresses: one chain a NIC, looked up by the name of its tap, where its frames enter
 * the bridge. A frame that no rule names is dropped. Allowed are its MAC, ARP and IPv4 of its addresses, IPv6 of its
 * addresses and of the link-local address that belongs to its MAC, and what a guest says before it has an address:
 * DHCP, duplicate address detection, router solicitation. It may neither act as router nor answer as DHCP server. A
 * NIC whose addresses nobody knows (a foreign network with a DHCP server of its own) is bound to its MAC alone.
 *
 * Every script is one transaction and safe to run twice. Assumes checked MACs and addresses: they become rules.
 */
import { isIPv4, isIPv6 } from 'node:net';
import { ipv6Hex, linkLocalOf } from './cidr.js';
import { type BridgedNic, guardChain, tapName } from './network-names.js';

export function guardScript(table: string, nic: BridgedNic): string {
  const chain = guardChain(nic.nicId);
  return lines([
    ...base(table),
    `add chain bridge ${table} ${chain}`,
    `flush chain bridge ${table} ${chain}`,
    ...rulesOf(nic).map((rule) => `add rule bridge ${table} ${chain} ${rule}`),
    `add element bridge ${table} taps { "${tapName(nic.nicId)}" : jump ${chain} }`,
  ]);
}

/** Takes the rules of a NIC away, whether they are there or not. */
export function unguardScript(table: string, nicId: string): string {
  const chain = guardChain(nicId);
  const element = `bridge ${table} taps { "${tapName(nicId)}" : jump ${chain} }`;
  return lines([
    ...base(table),
    `add chain bridge ${table} ${chain}`,
    `add element ${element}`,
    `delete element bridge ${table} taps { "${tapName(nicId)}" }`,
    `flush chain bridge ${table} ${chain}`,
    `delete chain bridge ${table} ${chain}`,
  ]);
}

/** Takes the whole table away, whether it is there or not. */
export const noGuardScript = (table: string): string =>
  lines([`add table bridge ${table}`, `delete table bridge ${table}`]);

function base(table: string): string[] {
  return [
    `add table bridge ${table}`,
    `add map bridge ${table} taps { type ifname : verdict ; }`,
    `add chain bridge ${table} guests { type filter hook prerouting priority -300 ; policy accept ; }`,
    `flush chain bridge ${table} guests`,
    `add rule bridge ${table} guests iifname vmap @taps`,
  ];
}

function rulesOf({ mac, network }: BridgedNic): string[] {
  const addresses = network.addresses.map(({ address }) => address);
  const own = [`ether saddr != ${mac} drop`, `ether type arp arp saddr ether != ${mac} drop`];
  const noServer = [
    'ether type ip udp sport 67 drop',
    'ether type ip6 udp sport 547 drop',
    'ether type ip6 icmpv6 type nd-router-advert drop',
  ];
  if (addresses.length === 0) return [...own, ...noServer];
  return [...own, ...noServer, ...rulesOfV4(addresses.filter(isIPv4)), ...rulesOfV6(mac, addresses), 'drop'];
}

function rulesOfV4(addresses: string[]): string[] {
  const first = 'ether type ip ip saddr 0.0.0.0 ip daddr 255.255.255.255 udp sport 68 udp dport 67 accept';
  if (addresses.length === 0) return [first];
  const own = `{ ${addresses.join(', ')} }`;
  return [
    `ether type arp arp saddr ip ${own} accept`,
    // Asks whether an address is free (RFC 5227). Asked about others' addresses it tells them to let go.
    `ether type arp arp saddr ip 0.0.0.0 arp daddr ip ${own} accept`,
    first,
    `ether type ip ip saddr ${own} accept`,
  ];
}

function rulesOfV6(mac: string, addresses: string[]): string[] {
  const own = [linkLocalOf(mac), ...addresses.filter(isIPv6)];
  const targets = own.map((address) => `@th,64,128 != ${ipv6Hex(address)}`).join(' ');
  const before = '{ nd-neighbor-solicit, nd-router-solicit, mld2-listener-report }';
  return [
    `ether type ip6 icmpv6 type nd-neighbor-advert ${targets} drop`,
    // Duplicate address detection of an address that somebody else is about to take keeps it from them.
    `ether type ip6 ip6 saddr :: icmpv6 type nd-neighbor-solicit ${targets} drop`,
    `ether type ip6 ip6 saddr :: icmpv6 type ${before} accept`,
    `ether type ip6 ip6 saddr { ${own.join(', ')} } accept`,
  ];
}

const lines = (all: string[]): string => `${all.join('\n')}\n`;
