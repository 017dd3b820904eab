import type { Nic } from '#libs/contracts';

/** One interface as cloud-init's network configuration, version 2, names it. */
export interface Ethernet {
  match: { macaddress: string };
  'set-name': string;
  dhcp4: boolean;
  dhcp6?: boolean;
  addresses?: string[];
  routes?: { to: string; via: string }[];
  nameservers?: { addresses?: string[]; search?: string[] };
  mtu?: number;
}

export interface NetworkConfig {
  version: 2;
  ethernets: Record<string, Ethernet>;
}

/**
 * What the guest is told of its network: each NIC found by its MAC and named `eth0`, `eth1` in the order of the list
 * (some renderers of cloud-init know an interface only by a name that was set). A NIC on the user network asks by
 * DHCP; one of a network has its static addresses, gateways, name servers and MTU, and asks by DHCP for the rest.
 */
export function networkConfigOf(nics: readonly Pick<Nic, 'mac' | 'network'>[]): NetworkConfig {
  const ethernets = nics.map((nic, index) => [`eth${index}`, ethernetOf(nic, `eth${index}`)] as const);
  return { version: 2, ethernets: Object.fromEntries(ethernets) };
}

function ethernetOf({ mac, network }: Pick<Nic, 'mac' | 'network'>, name: string): Ethernet {
  const base = { match: { macaddress: mac }, 'set-name': name };
  if (!network) return { ...base, dhcp4: true };
  const given = network.addresses.filter((it) => it.source === 'static');
  const has = (family: 'v4' | 'v6') => given.some((it) => it.address.includes(':') === (family === 'v6'));
  const asks = (family: 'v4' | 'v6', cidr: string) => network.dhcp && cidr !== '' && !has(family);
  // The wide routes by their numbers: older versions of cloud-init do not know the word `default`.
  const routes = [
    ...(has('v4') && network.gatewayV4 ? [{ to: '0.0.0.0/0', via: network.gatewayV4 }] : []),
    ...(has('v6') && network.gatewayV6 ? [{ to: '::/0', via: network.gatewayV6 }] : []),
  ];
  const nameservers = {
    ...(network.dns.length > 0 && { addresses: network.dns }),
    ...(network.domain && { search: [network.domain] }),
  };
  return {
    ...base,
    dhcp4: asks('v4', network.cidrV4),
    ...(asks('v6', network.cidrV6) && { dhcp6: true }),
    ...(given.length > 0 && { addresses: given.map((it) => `${it.address}/${it.prefix}`) }),
    ...(routes.length > 0 && { routes }),
    ...(given.length > 0 && Object.keys(nameservers).length > 0 && { nameservers }),
    ...(network.mtu > 0 && { mtu: network.mtu }),
  };
}
