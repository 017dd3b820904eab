import { isIPv6 } from 'node:net';
import type { NicNetwork } from '#libs/contracts';
import { splitCidr } from './cidr.js';
import { mustBeOurs, readLinks, removeLink } from './links.js';
import { bridgeName, markOf } from './network-names.js';
import { runTool } from './run-tool.js';

/** Of Ethernet, where the network has none of its own. */
export const DEFAULT_MTU = 1500;

/** Makes the bridge of a managed network, or brings it to what it should be. Throws `network_unavailable`. */
export async function ensureBridge(hostId: string, network: NicNetwork): Promise<'made' | 'there'> {
  const name = bridgeName(network.networkId);
  const mark = markOf(hostId, network.networkId);
  const link = (await readLinks()).find((it) => it.name === name);
  if (link) mustBeOurs(link, 'bridge', mark);
  else
    await runTool('ip', [
      'link',
      'add',
      'name',
      name,
      'type',
      'bridge',
      'stp_state',
      '0',
      'forward_delay',
      '0',
    ]);
  const mtu = ['mtu', String(network.mtu || DEFAULT_MTU)];
  // A bridge without an address of its own changes it with its ports, and guests lose their gateway.
  const address = bridgeAddress(network.networkId);
  await runTool('ip', ['link', 'set', 'dev', name, 'alias', mark, 'address', address, ...mtu, 'up']);
  await ensureAddresses(name, gatewaysOf(network));
  return link ? 'there' : 'made';
}

export async function removeBridge(hostId: string, networkId: string): Promise<void> {
  await removeLink(bridgeName(networkId), 'bridge', markOf(hostId, networkId));
}

/** Locally administered, and always the same for a network on a host. */
function bridgeAddress(networkId: string): string {
  const digits = networkId.replaceAll('-', '').slice(-10);
  return ['02', ...(digits.match(/../g) ?? [])].join(':');
}

function gatewaysOf({ cidrV4, gatewayV4, cidrV6, gatewayV6 }: NicNetwork): string[] {
  const pairs = [
    [cidrV4, gatewayV4],
    [cidrV6, gatewayV6],
  ] as const;
  return pairs.flatMap(([cidr, gateway]) =>
    cidr && gateway ? [`${gateway}/${splitCidr(cidr).prefix}`] : [],
  );
}

interface IpAddresses {
  addr_info: { local: string; prefixlen: number; scope: string }[];
}

async function ensureAddresses(name: string, wanted: string[]): Promise<void> {
  const found = JSON.parse(await runTool('ip', ['-json', 'address', 'show', 'dev', name])) as IpAddresses[];
  const there = found
    .flatMap((it) => it.addr_info ?? [])
    .filter(({ scope }) => scope === 'global')
    .map(({ local, prefixlen }) => `${local}/${prefixlen}`);
  for (const address of there.filter((it) => !wanted.includes(it))) {
    await runTool('ip', ['address', 'delete', address, 'dev', name]);
  }
  for (const address of wanted.filter((it) => !there.includes(it))) {
    // Nobody else has it: the network is the host's own.
    const now = isIPv6(splitCidr(address).base) ? ['nodad'] : [];
    await runTool('ip', ['address', 'replace', address, 'dev', name, ...now]);
  }
}
