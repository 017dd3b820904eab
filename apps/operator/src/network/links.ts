import { VmanError } from '#libs/errors';
import { runTool } from './run-tool.js';

/** An interface of the host. */
export interface Link {
  name: string;
  /** `bridge`, `tun`, `veth`; empty for a real one. */
  kind: string;
  alias: string;
  /** The bridge it is a port of; empty for none. */
  master: string;
  mtu: number;
  /** Of a bridge: whether it keeps VLANs apart. */
  filtersVlans: boolean;
}

interface IpLink {
  ifname: string;
  ifalias?: string;
  master?: string;
  mtu: number;
  linkinfo?: { info_kind?: string; info_data?: { vlan_filtering?: number } };
}

/** Every interface of the host. */
export async function readLinks(): Promise<Link[]> {
  return parseLinks(await runTool('ip', ['-json', '-details', 'link', 'show']));
}

export function parseLinks(json: string): Link[] {
  return (JSON.parse(json) as IpLink[]).map((link) => ({
    name: link.ifname,
    kind: link.linkinfo?.info_kind ?? '',
    alias: link.ifalias ?? '',
    master: link.master ?? '',
    mtu: link.mtu,
    filtersVlans: link.linkinfo?.info_data?.vlan_filtering === 1,
  }));
}

/**
 * Whether an interface is of this kind and this host's: it has the mark, or none yet, since an operator may be killed
 * between making and marking; its name is made of a random id then.
 */
export const isOurs = (link: Link, kind: string, mark: string): boolean =>
  link.kind === kind && (link.alias === '' || link.alias.startsWith(mark));

/** Removes an interface that is this host's; one that is gone already, or is somebody else's, is no fault. */
export async function removeLink(name: string, kind: string, mark: string): Promise<void> {
  const link = (await readLinks()).find((it) => it.name === name);
  if (link && isOurs(link, kind, mark)) await runTool('ip', ['link', 'delete', 'dev', name]);
}

/** Throws `network_unavailable` when an interface of that name is not this host's. */
export function mustBeOurs(link: Link, kind: string, mark: string): void {
  if (isOurs(link, kind, mark)) return;
  throw new VmanError('network_unavailable', `There is an interface ${link.name} that is not VMAN's.`);
}
