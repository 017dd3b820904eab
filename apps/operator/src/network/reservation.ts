import { isIPv6 } from 'node:net';
import type { DesiredVm } from '#libs/contracts';
import { type BridgedNic, bridgedNics } from './network-names.js';

const HOST_NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i;

/** What the DHCP server gives to a NIC, as a line of its `--dhcp-hostsdir`; undefined when it gives nothing. Pure. */
export function reservationLine({ mac, network }: BridgedNic, hostName: string): string | undefined {
  const given = network.addresses.filter(({ source }) => source === 'dhcp').map(({ address }) => address);
  if (!network.dhcp || given.length === 0) return undefined;
  const addresses = given.map((address) => (isIPv6(address) ? `[${address}]` : address));
  return `${[mac, ...addresses, ...(HOST_NAME.test(hostName) ? [hostName] : [])].join(',')}\n`;
}

/** Two NICs of one network cannot both have the VM's name: the first one has it. Pure. */
export function nameIn(nic: BridgedNic, { name, nics }: Pick<DesiredVm, 'name' | 'nics'>): string {
  const first = bridgedNics({ nics }).find((it) => it.network.networkId === nic.network.networkId);
  return first?.nicId === nic.nicId ? name : '';
}

/** Leases of addresses that are promised to another MAC now; a server that holds them would not give them. */
export function dropForeignLeases(leases: string, nic: BridgedNic): string | undefined {
  const mine = new Set(nic.network.addresses.map(({ address }) => address));
  const lines = leases.split('\n');
  const own = nic.mac.toLowerCase();
  const kept = lines.filter((line) => {
    const [, mac = '', address = '', , duid = ''] = line.toLowerCase().split(' ');
    if (!mine.has(address)) return true;
    // One of IPv6 has a number in the place of the MAC; the client's id ends with it, unless it is of another kind.
    return isIPv6(address) ? duid.endsWith(`:${own}`) : mac === own;
  });
  return kept.length === lines.length ? undefined : kept.join('\n');
}
