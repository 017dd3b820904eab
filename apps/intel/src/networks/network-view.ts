import type { NetworkView } from '#libs/contracts/http';
import type { NetworkEntity } from '../db-operator/index.js';

export function networkView(network: NetworkEntity): NetworkView {
  return {
    id: network.id,
    name: network.name,
    project: network.project || undefined,
    kind: network.kind,
    bridge: network.kind === 'bridge' ? network.bridge : undefined,
    vlan: network.vlan || undefined,
    cidr: network.cidrV4 ?? undefined,
    gateway: network.gatewayV4 ?? undefined,
    cidrV6: network.cidrV6 ?? undefined,
    gatewayV6: network.gatewayV6 ?? undefined,
    dns: network.dns,
    mtu: network.mtu || undefined,
    domain: network.domain || undefined,
    dhcp: network.dhcp,
    nat: network.nat,
    antiSpoofing: network.antiSpoofing,
    ranges: network.ranges,
    reserved: network.reserved,
    createdAt: network.createdAt.toISOString(),
    updatedAt: network.updatedAt.toISOString(),
  };
}
