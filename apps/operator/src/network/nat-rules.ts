/**
 * The table of one managed network behind its host: guests go out under the host's address, and from outside comes
 * only what they asked for. It decides nothing for anybody else's packets, and cannot overrule a firewall of the
 * host that drops them.
 */
import { networkTable } from './network-names.js';

interface HiddenNetwork {
  networkId: string;
  cidrV4: string;
  cidrV6: string;
}

export function natScript(bridge: string, network: HiddenNetwork): string {
  const table = networkTable(network.networkId);
  const { cidrV4, cidrV6 } = network;
  return [
    ...noNatLines(table),
    `add table inet ${table}`,
    `add chain inet ${table} forward { type filter hook forward priority filter ; policy accept ; }`,
    `add rule inet ${table} forward oifname ${bridge} iifname != ${bridge} ct state != { established, related } drop`,
    `add chain inet ${table} out { type nat hook postrouting priority srcnat ; policy accept ; }`,
    ...(cidrV4 ? [`add rule inet ${table} out ip saddr ${cidrV4} oifname != ${bridge} masquerade`] : []),
    ...(cidrV6 ? [`add rule inet ${table} out ip6 saddr ${cidrV6} oifname != ${bridge} masquerade`] : []),
    '',
  ].join('\n');
}

/** Takes the table away, whether it is there or not. */
export const noNatScript = (networkId: string): string =>
  `${noNatLines(networkTable(networkId)).join('\n')}\n`;

const noNatLines = (table: string): string[] => [`add table inet ${table}`, `delete table inet ${table}`];
