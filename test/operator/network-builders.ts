import { v7 as uuidv7 } from 'uuid';
import type { Nic, NicNetwork } from '#libs/contracts';

/** A managed, protected network of IPv4. */
export const managedNetwork = (fields: Partial<NicNetwork> = {}): NicNetwork => ({
  networkId: uuidv7(),
  name: 'lan',
  bridge: '',
  vlan: 0,
  cidrV4: '10.77.0.0/24',
  gatewayV4: '10.77.0.1',
  cidrV6: '',
  gatewayV6: '',
  dns: [],
  mtu: 0,
  domain: 'lan.test',
  dhcp: true,
  nat: true,
  antiSpoofing: true,
  addresses: [],
  ...fields,
});

let macs = 0;

/** A NIC with one address of it. */
export const nicIn = (network: NicNetwork, address: string, fields: Partial<Nic> = {}): Nic => {
  macs += 1;
  return {
    nicId: uuidv7(),
    mac: `52:54:00:77:00:${macs.toString(16).padStart(2, '0')}`,
    kind: 'managed',
    forwards: [],
    network: { ...network, addresses: [{ address, prefix: 24, source: 'dhcp' }] },
    ...fields,
  };
};
