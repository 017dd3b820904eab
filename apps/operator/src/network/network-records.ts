/**
 * What this host made for networks, written down before it is made and struck out after it is gone: whatever an
 * operator left half done is found again, and nothing that is not written here is ever removed.
 *
 *   <storage>/networks/nics/<nic>.json             a NIC that has, or is about to have, a tap
 *   <storage>/networks/<network>/network.json      a managed network and its DHCP server
 *   <storage>/networks/<network>/hosts/<nic>       reservations, leases beside them
 */
import { join } from 'node:path';
import type { NicNetwork } from '#libs/contracts';
import type { ProcessIdentity } from '../runtime/proc.js';
import { readJson, removeDurably, writeJson } from '../storage/json-file.js';
import { listFolder, makePrivateFolder } from '../storage/paths.js';

export interface NicRecord {
  nicId: string;
  vmId: string;
  networkId: string;
}

export interface NetworkRecord {
  network: NicNetwork;
  /** The DHCP server that was last started, and with what. */
  server?: { identity: ProcessIdentity; args: string[] };
}

const NICS = 'nics';

export class NetworkRecords {
  readonly nics = new Map<string, NicRecord>();
  readonly networks = new Map<string, NetworkRecord>();

  constructor(
    private readonly folder: string,
    private readonly onDamage: (path: string) => void = () => {},
  ) {}

  async load(): Promise<void> {
    for (const name of await listFolder(join(this.folder, NICS))) {
      if (!name.endsWith('.json')) continue;
      const record = await readJson<NicRecord>(join(this.folder, NICS, name), this.onDamage);
      if (record) this.nics.set(record.nicId, record);
    }
    for (const name of await listFolder(this.folder)) {
      if (name === NICS) continue;
      const record = await readJson<NetworkRecord>(this.recordOf(name), this.onDamage);
      if (record) this.networks.set(record.network.networkId, record);
    }
  }

  hosts = (networkId: string): string => join(this.folder, networkId, 'hosts');
  reservation = (networkId: string, nicId: string): string => join(this.hosts(networkId), nicId);
  leases = (networkId: string): string => join(this.folder, networkId, 'leases');
  log = (networkId: string): string => join(this.folder, networkId, 'dnsmasq.log');

  async putNic(record: NicRecord): Promise<void> {
    const known = this.nics.get(record.nicId);
    if (known?.networkId === record.networkId && known.vmId === record.vmId) return;
    await makePrivateFolder(join(this.folder, NICS));
    await writeJson(this.nicFile(record.nicId), record);
    this.nics.set(record.nicId, record);
  }

  async removeNic(nicId: string): Promise<void> {
    await removeDurably(this.nicFile(nicId));
    this.nics.delete(nicId);
  }

  async putNetwork(record: NetworkRecord): Promise<void> {
    const { networkId } = record.network;
    await makePrivateFolder(this.hosts(networkId));
    await writeJson(this.recordOf(networkId), record);
    this.networks.set(networkId, record);
  }

  async removeNetwork(networkId: string): Promise<void> {
    await removeDurably(join(this.folder, networkId));
    this.networks.delete(networkId);
  }

  /** The NICs of this host that are in a network. */
  nicsIn(networkId: string): NicRecord[] {
    return [...this.nics.values()].filter((nic) => nic.networkId === networkId);
  }

  private nicFile = (nicId: string): string => join(this.folder, NICS, `${nicId}.json`);
  private recordOf = (networkId: string): string => join(this.folder, networkId, 'network.json');
}
