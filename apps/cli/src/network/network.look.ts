import type { Network } from '#libs/client';
import { age, moment } from '../output/figures.js';
import type { Look } from '../output/print.js';

const yes = (flag: boolean) => (flag ? 'yes' : 'no');

export const networkLook: Look<Network> = {
  name: (network) => network.name,
  columns: [
    { header: 'NAME', value: (it) => it.name },
    { header: 'KIND', value: (it) => it.kind },
    { header: 'CIDR', value: (it) => [it.cidr, it.cidrV6].filter(Boolean).join(',') },
    { header: 'GATEWAY', value: (it) => it.gateway ?? '' },
    { header: 'BRIDGE', value: (it) => it.bridge ?? '' },
    { header: 'VLAN', value: (it) => String(it.vlan ?? '') },
    { header: 'AGE', value: (it, nowMs) => age(it.createdAt, nowMs) },
    { header: 'DHCP', value: (it) => yes(it.dhcp), wide: true },
    { header: 'NAT', value: (it) => yes(it.nat), wide: true },
    { header: 'DNS', value: (it) => it.dns.join(','), wide: true },
    { header: 'MTU', value: (it) => String(it.mtu ?? ''), wide: true },
    { header: 'PROJECT', value: (it) => it.project ?? '', wide: true },
    { header: 'ID', value: (it) => it.id, wide: true },
  ],
  facts: (network, nowMs) => [
    { name: 'Name', value: network.name },
    { name: 'Id', value: network.id },
    { name: 'Project', value: network.project ?? 'all' },
    { name: 'Kind', value: network.kind },
    { name: 'Bridge', value: network.bridge },
    { name: 'VLAN', value: network.vlan?.toString() },
    { name: 'CIDR', value: [network.cidr, network.cidrV6].filter((it) => it !== undefined) },
    { name: 'Gateway', value: [network.gateway, network.gatewayV6].filter((it) => it !== undefined) },
    { name: 'Ranges', value: network.ranges },
    { name: 'Reserved', value: network.reserved },
    { name: 'DNS', value: network.dns },
    { name: 'Domain', value: network.domain },
    { name: 'MTU', value: network.mtu?.toString() },
    { name: 'DHCP', value: yes(network.dhcp) },
    { name: 'NAT', value: yes(network.nat) },
    { name: 'Anti-spoofing', value: yes(network.antiSpoofing) },
    { name: 'Created', value: moment(network.createdAt, nowMs) },
    { name: 'Changed', value: moment(network.updatedAt, nowMs) },
  ],
};
