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

/** Removes an interface; one that is gone already is no fault. */
export async function removeLink(name: string): Promise<void> {
  const there = (await readLinks()).some((link) => link.name === name);
  if (there) await runTool('ip', ['link', 'delete', 'dev', name]);
}
