import { type EntityManager, In, IsNull } from 'typeorm';
import { DiskEntity, NicEntity, PortForwardEntity, TemplateEntity, VmEntity } from '../entities/index.js';

/** What hangs on a VM. */
export interface VmParts {
  disks: DiskEntity[];
  nics: NicEntity[];
  /** Without those that are being released. */
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

  async of(vmId: string): Promise<VmParts> {
    const parts = await this.ofAll([vmId]);
    return parts.get(vmId) ?? { disks: [], nics: [], forwards: [], templates: new Map() };
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
    const mine = <T extends { vmId: string }>(rows: T[], vmId: string) =>
      rows.filter((it) => it.vmId === vmId);
    return new Map(
      vmIds.map((id) => [
        id,
        { disks: mine(disks, id), nics: mine(nics, id), forwards: mine(forwards, id), templates },
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
