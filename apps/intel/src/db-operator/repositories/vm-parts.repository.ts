import { type EntityManager, In, IsNull } from 'typeorm';
import { DiskEntity, NicEntity, PortForwardEntity, TemplateEntity, VmEntity } from '../entities/index.js';

/** What hangs on a VM. */
export interface VmParts {
  /** Attached or kept outside; those on their way out are apart. */
  disks: DiskEntity[];
  leavingDisks: DiskEntity[];
  nics: NicEntity[];
  leavingNics: NicEntity[];
  /** Of the NICs that stay, without those that are being released. */
  forwards: PortForwardEntity[];
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
    if (diskIds.length > 0) await this.manager.delete(DiskEntity, { id: In(diskIds) });
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
    const disks = await this.manager.find(DiskEntity, { where, order });
    const nics = await this.manager.find(NicEntity, { where, order });
    const forwards = await this.manager.find(PortForwardEntity, {
      where: { ...where, releasingGeneration: IsNull() },
      order,
    });
    const templates = await this.templatesOf(vmIds, disks);
    const stays = new Set(nics.filter((it) => it.presence === 'attached').map((it) => it.id));
    const isKept = (it: DiskEntity) => it.presence === 'attached' || it.presence === 'detached';
    const mine = <T extends { vmId: string }>(rows: T[], vmId: string) =>
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
          templates,
        },
      ]),
    );
  }

  private async templatesOf(vmIds: string[], disks: DiskEntity[]): Promise<Map<string, TemplateEntity>> {
    const vms = await this.manager.find(VmEntity, { where: { id: In(vmIds) }, select: { templateId: true } });
    const ids = new Set([...vms, ...disks].flatMap((it) => it.templateId ?? []));
    if (ids.size === 0) return new Map();
    const rows = await this.manager.find(TemplateEntity, { where: { id: In([...ids]) } });
    return new Map(rows.map((row) => [row.id, row]));
  }
}

const emptyParts = (): VmParts => ({
  disks: [],
  leavingDisks: [],
  nics: [],
  leavingNics: [],
  forwards: [],
  templates: new Map(),
});
