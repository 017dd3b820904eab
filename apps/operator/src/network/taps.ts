/**
 * The interface between a guest and a bridge. It belongs to the operator, which opens it and gives QEMU the open file:
 * a tap that belongs to nobody could be opened by everybody. The guard stands before the tap is connected, and the
 * mark, which says what it was made from, comes last: a tap with the right mark is a finished one.
 */
import { failpoint } from '#libs/config';
import { VmanError } from '#libs/errors';
import { DEFAULT_MTU } from './bridges.js';
import { guardScript, noGuardScript, unguardScript } from './guard-rules.js';
import { type Link, mustBeOurs, readLinks, removeLink } from './links.js';
import { type BridgedNic, bridgeOf, guardTable, markOf, nicPrint, tapName } from './network-names.js';
import { runTool } from './run-tool.js';

export interface TapOwner {
  hostId: string;
}

/** The mark of a finished tap. */
export const tapMark = (hostId: string, nic: BridgedNic): string =>
  markOf(hostId, `${nic.nicId} ${nicPrint(nic)}`);

/** Makes a tap, or brings one that may be in use to what it should be. Throws `network_unavailable`. */
export async function ensureTap({ hostId }: TapOwner, nic: BridgedNic): Promise<void> {
  const name = tapName(nic.nicId);
  const links = await readLinks();
  const bridge = bridgeFor(nic, links);
  const there = links.find((link) => link.name === name);
  if (there) mustBeOurs(there, 'tun', markOf(hostId, nic.nicId));
  else await makeTap(name);
  await failpoint('operator.make-tap.created');
  const table = guardTable(hostId);
  const { antiSpoofing, vlan } = nic.network;
  await runTool('nft', ['-f', '-'], antiSpoofing ? guardScript(table, nic) : unguardScript(table, nic.nicId));
  // A port with a smaller one makes a bridge smaller for everybody on it: that of somebody else is not changed.
  const mtu = nic.kind === 'bridge' ? bridge.mtu : nic.network.mtu || DEFAULT_MTU;
  await runTool('ip', ['link', 'set', 'dev', name, 'master', bridge.name, 'mtu', String(mtu), 'up']);
  if (vlan > 0) await putIntoVlan(name, vlan);
  await runTool('ip', ['link', 'set', 'dev', name, 'alias', tapMark(hostId, nic)]);
}

/** Takes it away with its guard; safe when neither is there. */
export async function removeTap({ hostId }: TapOwner, nicId: string): Promise<void> {
  await removeLink(tapName(nicId), 'tun', markOf(hostId, nicId));
  await runTool('nft', ['-f', '-'], unguardScript(guardTable(hostId), nicId));
}

/** Takes the table of all guards away. */
export async function removeGuards({ hostId }: TapOwner): Promise<void> {
  await runTool('nft', ['-f', '-'], noGuardScript(guardTable(hostId)));
}

async function makeTap(name: string): Promise<void> {
  const owner = String(process.geteuid?.() ?? 0);
  await runTool('ip', ['tuntap', 'add', 'dev', name, 'mode', 'tap', 'user', owner]);
}

function bridgeFor(nic: BridgedNic, links: Link[]): Link {
  const name = bridgeOf(nic);
  const bridge = links.find((link) => link.name === name);
  if (bridge?.kind !== 'bridge')
    throw new VmanError('network_unavailable', `This host has no bridge ${name}.`);
  if (nic.network.vlan > 0 && !bridge.filtersVlans) {
    throw new VmanError('network_unavailable', `The bridge ${name} of this host does not keep VLANs apart.`);
  }
  return bridge;
}

/** The guest sees untagged frames of one VLAN; the bridge belongs to somebody else and is not changed. */
async function putIntoVlan(name: string, vlan: number): Promise<void> {
  const shown = await runTool('bridge', ['-json', 'vlan', 'show', 'dev', name]);
  const ports = JSON.parse(shown || '[]') as { vlans?: { vlan: number }[] }[];
  for (const other of ports.flatMap((it) => it.vlans ?? []).filter((it) => it.vlan !== vlan)) {
    await runTool('bridge', ['vlan', 'delete', 'dev', name, 'vid', String(other.vlan)]);
  }
  await runTool('bridge', ['vlan', 'add', 'dev', name, 'vid', String(vlan), 'pvid', 'untagged']);
}
