/** What a network is to be, checked as a whole: all faults at once, each at its field. Pure. */

import type { NicKind } from '#libs/contracts';
import type { FieldFault } from '#libs/errors';
import { type PoolDefinition, parseRange } from './free-ranges.js';
import { type Cidr, formatIp, type IpFamily, isWithin, parseCidr, parseIp } from './ip.js';

export interface NetworkDefinition {
  kind: Exclude<NicKind, 'user'>;
  /** Of the bridge that exists; empty for `managed`. */
  bridge: string;
  vlan: number;
  cidrV4: string;
  gatewayV4: string;
  cidrV6: string;
  gatewayV6: string;
  dns: string[];
  dhcp: boolean;
  nat: boolean;
  antiSpoofing: boolean;
  ranges: string[];
  reserved: string[];
}

/** Larger ones are not what anybody means; smaller ones hold no gateway and guest. */
const PREFIXES: Readonly<Record<IpFamily, { least: number; most: number }>> = {
  4: { least: 8, most: 30 },
  6: { least: 32, most: 126 },
};

export function networkFaults(network: NetworkDefinition): FieldFault[] {
  const faults: FieldFault[] = [];
  const say = (field: string, code: string, message: string) => faults.push({ field, code, message });
  const cidrs = ([4, 6] as const).flatMap((family) => familyFaults(network, family, say));
  if (network.kind === 'managed') {
    if (cidrs.length === 0 && !network.cidrV4 && !network.cidrV6) {
      say('cidr', 'required', 'a managed network has a cidr or a cidrV6');
    }
    if (network.bridge) say('bridge', 'invalid', 'VMAN makes the bridge of a managed network');
    if (network.vlan > 0) say('vlan', 'invalid', 'is for networks of kind bridge');
  } else {
    if (!network.bridge) say('bridge', 'required', 'a network of kind bridge names the bridge of the hosts');
    for (const field of ['dhcp', 'nat'] as const) {
      if (network[field]) say(field, 'invalid', 'is for managed networks');
    }
  }
  for (const [index, address] of network.dns.entries()) {
    if (!parseIp(address)) say(`dns[${index}]`, 'invalid', 'must be an IP address');
  }
  for (const field of ['ranges', 'reserved'] as const) {
    for (const [index, text] of network[field].entries()) {
      if (!parseRange(text, cidrs)) {
        say(`${field}[${index}]`, 'invalid', 'must be an address or `first-last` within the network');
      }
    }
  }
  return faults;
}

function familyFaults(
  network: NetworkDefinition,
  family: IpFamily,
  say: (field: string, code: string, message: string) => void,
): Cidr[] {
  const [text, gateway] =
    family === 4 ? [network.cidrV4, network.gatewayV4] : [network.cidrV6, network.gatewayV6];
  const suffix = family === 4 ? '' : 'V6';
  if (!text) {
    if (gateway) say(`gateway${suffix}`, 'invalid', `needs a cidr${suffix}`);
    return [];
  }
  const cidr = parseCidr(text);
  if (cidr?.family !== family) {
    const example = family === 4 ? '10.20.0.0/24' : 'fd00:20::/64';
    say(`cidr${suffix}`, 'invalid', `must be an IPv${family} network without host bits, such as ${example}`);
    return [];
  }
  const { least, most } = PREFIXES[family];
  if (cidr.prefix < least || cidr.prefix > most) {
    say(`cidr${suffix}`, 'range', `its prefix must be ${least} to ${most}`);
  }
  if (gateway) {
    const ip = parseIp(gateway);
    const edge = ip?.value === cidr.first || (family === 4 && ip?.value === cidr.last);
    if (!ip || !isWithin(cidr, ip) || edge) {
      say(`gateway${suffix}`, 'invalid', `must be an address of ${text} that a host can have`);
    }
  }
  return [cidr];
}

/** The pools of a network whose definition has no fault: one a family that it has. */
export function poolsOf(
  network: Pick<NetworkDefinition, 'cidrV4' | 'gatewayV4' | 'cidrV6' | 'gatewayV6' | 'ranges' | 'reserved'>,
): PoolDefinition[] {
  const both = [
    { cidr: parseCidr(network.cidrV4), gateway: parseIp(network.gatewayV4) },
    { cidr: parseCidr(network.cidrV6), gateway: parseIp(network.gatewayV6) },
  ];
  return both.flatMap(({ cidr, gateway }) => {
    if (!cidr) return [];
    const within = (texts: string[]) => texts.flatMap((text) => parseRange(text, [cidr]) ?? []);
    return [{ cidr, gateway, ranges: within(network.ranges), reserved: within(network.reserved) }];
  });
}

/** The first address that a host can have: the gateway, unless somebody says otherwise. */
export function defaultGateway(text: string): string {
  const cidr = parseCidr(text);
  return cidr ? formatIp({ family: cidr.family, value: cidr.first + 1n }) : '';
}
