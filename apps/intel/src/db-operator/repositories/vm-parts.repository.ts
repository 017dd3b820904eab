import { type EntityManager, In, IsNull, Not } from 'typeorm';
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

export class VmPartsRepository {
  constructor(private readonly manager: EntityManager) {}

  async insertDisks(disks: DiskEntity[]): Promise<void> {
    if (disks.length > 0) await this.manager.insert(DiskEntity, disks);
  }

  async insertNics(nics: NicEntity[]): Promise<void> {
    if (nics.length > 0) await this.manager.insert(NicEntity, nics);
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

  async of(vmId: string): Promise<VmParts> {
    const parts = await this.ofAll([vmId]);
    return parts.get(vmId) ?? emptyParts();
  }

  async ofAll(vmIds: string[]): Promise<Map<string, VmParts>> {
    if (vmIds.length === 0) return new Map();
    const where = { vmId: In(vmIds) };
    const order = { position: 'ASC' } as const;
    const [disks, nics, forwards, vms] = await together(
      this.manager.find(DiskEntity, { where, order }),
      this.manager.find(NicEntity, { where, order }),
      this.manager.find(PortForwardEntity, { where: { ...where, releasingGeneration: IsNull() }, order }),
      this.manager.find(VmEntity, {
        where: { id: In(vmIds), templateId: Not(IsNull()) },
        select: { templateId: true },
      }),
    );
    const [connected, templates] = await together(
      this.connectionsOf(vmIds, nics),
      this.templatesOf([...vms, ...disks].flatMap((it) => it.templateId ?? [])),
    );
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
          templates,
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

  private async templatesOf(ids: string[]): Promise<Map<string, TemplateEntity>> {
    if (ids.length === 0) return new Map();
    const rows = await this.manager.find(TemplateEntity, { where: { id: In([...new Set(ids)]) } });
    return new Map(rows.map((row) => [row.id, row]));
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
