import { type EntityManager, In } from 'typeorm';
import { formatIp, parseIp } from '#libs/domain';
import {
  type AddressEntity,
  DiskEntity,
  type NetworkEntity,
  NicEntity,
  PortForwardEntity,
  TemplateEntity,
  VmEntity,
} from '../entities/index.js';
import { insertRows, type Row, rowReader } from '../entity-rows.js';
import { together } from '../together.js';
import { AddressListRepository, type ForeignAddress } from './address-list.repository.js';
import { DiskRepository } from './disk.repository.js';
import { NetworkRepository } from './network.repository.js';

/** What hangs on a VM. */
export interface VmParts {
  /** Attached or kept outside; those on their way out are apart. */
  disks: DiskEntity[];
  leavingDisks: DiskEntity[];
  nics: NicEntity[];
  leavingNics: NicEntity[];
  /** Of the NICs that stay, without those that are being released. */
  forwards: PortForwardEntity[];
  /** Held by its NICs, in the order of their families. */
  addresses: AddressEntity[];
  /** By id; of its NICs. */
  networks: Map<string, NetworkEntity>;
  /** What its guest shows in these networks and is not its own, but somebody's. */
  foreign: ForeignAddress[];
  /** What it has, or its guest shows, in these networks, and other guests show as well. */
  shownElsewhere: ForeignAddress[];
  /** By id; of the VM and its disks. */
  templates: Map<string, TemplateEntity>;
}

const TEMPLATES_OF = `
SELECT * FROM templates WHERE id IN (
  SELECT template_id FROM vms WHERE id = ANY($1::uuid[])
  UNION ALL SELECT template_id FROM disks WHERE vm_id = ANY($1::uuid[]))`;

export class VmPartsRepository {
  constructor(private readonly manager: EntityManager) {}

  async insertDisks(disks: DiskEntity[]): Promise<void> {
    await insertRows(this.manager, DiskEntity, disks);
  }

  async insertNics(nics: NicEntity[]): Promise<void> {
    await insertRows(this.manager, NicEntity, nics);
  }

  /** Those of these that a NIC has already. */
  async macsInUse(macs: string[]): Promise<string[]> {
    if (macs.length === 0) return [];
    return (await this.manager.findBy(NicEntity, { mac: In(macs) })).map((it) => it.mac);
  }

  async growDisk(id: string, sizeBytes: number): Promise<void> {
    await this.manager.update(DiskEntity, { id }, { sizeBytes });
  }

  async setPresence<T extends 'disks' | 'nics'>(
    table: T,
    ids: string[],
    presence: (T extends 'disks' ? DiskEntity : NicEntity)['presence'],
    generation: number,
  ): Promise<void> {
    await this.manager.query(
      `UPDATE ${table} SET presence = $2, presence_generation = $3 WHERE id = ANY($1::uuid[])`,
      [ids, presence, generation],
    );
  }

  async remove(diskIds: string[], nicIds: string[]): Promise<void> {
    await new DiskRepository(this.manager).remove(diskIds);
    if (nicIds.length > 0) await this.manager.delete(NicEntity, { id: In(nicIds) });
  }

  /** Whether disks or NICs of it are on their way out, or in. */
  async anyLeaving(vmId: string): Promise<boolean> {
    const rows: unknown[] = await this.manager.query(
      `SELECT 1 FROM disks WHERE vm_id = $1 AND presence NOT IN ('attached', 'detached')
       UNION ALL SELECT 1 FROM nics WHERE vm_id = $1 AND presence <> 'attached' LIMIT 1`,
      [vmId],
    );
    return rows.length > 0;
  }

  async of(vmId: string): Promise<VmParts> {
    const parts = await this.ofAll([vmId]);
    return parts.get(vmId) ?? emptyParts();
  }

  async ofAll(vmIds: string[]): Promise<Map<string, VmParts>> {
    if (vmIds.length === 0) return new Map();
    const where = 'WHERE vm_id = ANY($1::uuid[])';
    const [disks, nics, forwards, templates] = await together(
      this.select(DiskEntity, `SELECT * FROM disks ${where} ORDER BY position`, vmIds),
      this.select(NicEntity, `SELECT * FROM nics ${where} ORDER BY position`, vmIds),
      this.select(
        PortForwardEntity,
        `SELECT * FROM port_forwards ${where} AND releasing_generation IS NULL ORDER BY position`,
        vmIds,
      ),
      this.select(TemplateEntity, TEMPLATES_OF, vmIds),
    );
    const templatesById = new Map(templates.map((row) => [row.id, row]));
    const connected = await this.connectionsOf(vmIds, nics);
    const stays = new Set(nics.filter((it) => it.presence === 'attached').map((it) => it.id));
    const isKept = (it: DiskEntity) => it.presence === 'attached' || it.presence === 'detached';
    const mine = <T extends { vmId: string | null }>(rows: T[], vmId: string) =>
      rows.filter((it) => it.vmId === vmId);
    return new Map(
      vmIds.map((id) => [
        id,
        {
          disks: mine(disks, id).filter(isKept),
          leavingDisks: mine(disks, id).filter((it) => !isKept(it)),
          nics: mine(nics, id).filter((it) => stays.has(it.id)),
          leavingNics: mine(nics, id).filter((it) => !stays.has(it.id)),
          forwards: mine(forwards, id).filter((it) => stays.has(it.nicId)),
          ...connected(id),
          templates: templatesById,
        },
      ]),
    );
  }

  /** VMs that are in no network but the user's cost no statement. */
  private async connectionsOf(
    vmIds: string[],
    nics: NicEntity[],
  ): Promise<(vmId: string) => Pick<VmParts, 'addresses' | 'networks' | 'foreign' | 'shownElsewhere'>> {
    const ids = [...new Set(nics.flatMap((it) => it.networkId ?? []))];
    if (ids.length === 0)
      return () => ({ addresses: [], networks: new Map(), foreign: [], shownElsewhere: [] });
    const list = new AddressListRepository(this.manager);
    const [rows, addresses, guests] = await together(
      new NetworkRepository(this.manager).all(ids),
      list.ofVms(vmIds),
      this.manager.find(VmEntity, { where: { id: In(vmIds) }, select: { id: true, guestAgent: true } }),
    );
    const networks = new Map(rows.map((row) => [row.id, row]));
    const shown = guests.flatMap(({ guestAgent }) => shownBy(guestAgent));
    const [holders, showing] = await together(
      list.holders(ids, [...new Set(shown)]),
      list.shownBy(ids, [...new Set([...shown, ...addresses.map((it) => it.address)])]),
    );
    return (vmId) => {
      const own = new Set(nics.filter((it) => it.vmId === vmId).map((it) => it.networkId));
      return {
        addresses: addresses.filter((it) => it.vmId === vmId),
        networks,
        foreign: holders.filter((it) => it.vmId !== vmId && own.has(it.networkId)),
        shownElsewhere: showing.filter((it) => it.vmId !== vmId && own.has(it.networkId)),
      };
    };
  }

  private async select<T extends object>(entity: new () => T, text: string, vmIds: string[]): Promise<T[]> {
    const rows: Row[] = await this.manager.query(text, [vmIds]);
    return rows.map(rowReader(this.manager, entity));
  }
}

const emptyParts = (): VmParts => ({
  disks: [],
  leavingDisks: [],
  nics: [],
  leavingNics: [],
  forwards: [],
  addresses: [],
  networks: new Map(),
  foreign: [],
  shownElsewhere: [],
  templates: new Map(),
});

/** Only what is spelled as an address: a guest may say anything. */
const shownBy = (agent: VmEntity['guestAgent']): string[] =>
  (agent?.seen?.interfaces ?? []).flatMap(({ addresses }) =>
    addresses.flatMap(({ address }) => {
      const ip = parseIp(address);
      return ip ? [formatIp(ip)] : [];
    }),
  );
