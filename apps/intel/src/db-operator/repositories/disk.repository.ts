import { type EntityManager, In, type SelectQueryBuilder } from 'typeorm';
import { DiskEntity, outlivesVm } from '../entities/index.js';
import type { Page } from '../keyset.js';
import { type Listed, type ListWish, listedPage, listing, narrow } from '../listing.js';
import { PoolRepository } from './pool.repository.js';

/** A disk with the names of what it hangs on. */
export interface SeenDisk {
  disk: DiskEntity;
  vmName: string | null;
  hostName: string | null;
  poolName: string | null;
  poolKind: string | null;
  templateName: string | null;
}

/** As `diskState` shows it. */
const SHOWN_STATE = `
CASE
  WHEN d.vm_id IS NULL THEN d.state
  WHEN d.presence = 'attached' THEN 'attached'
  WHEN d.presence = 'detached' THEN 'available'
  WHEN d.presence = 'removed' THEN 'deleting'
  WHEN d.presence = 'restoring' THEN 'creating'
  ELSE 'detaching'
END`;

interface Extra {
  vm_name: string | null;
  host_name: string | null;
  pool_name: string | null;
  pool_kind: string | null;
  template_name: string | null;
}

const LISTED: Listed = {
  id: 'd.id',
  name: 'd.name',
  labels: 'd.labels',
  filters: {
    within: 'd.project = ?',
    project: 'd.project = ?',
    name: 'd.name = ?',
    vm: '(v.name = ? OR v.id::text = ?)',
    pool: '(p.name = ? OR p.id::text = ?)',
    host: '(h.name = ? OR h.id::text = ?)',
    state: `(${SHOWN_STATE}) = ?`,
    updatedSince: 'd.updated_at >= ?::timestamptz',
  },
};

export class DiskRepository {
  constructor(private readonly manager: EntityManager) {}

  async insert(disk: DiskEntity): Promise<void> {
    await this.manager.insert(DiskEntity, disk);
  }

  async get(id: string): Promise<SeenDisk | undefined> {
    return (await this.read(this.query().where('d.id = :id', { id })))[0];
  }

  async byName(project: string | undefined, name: string): Promise<SeenDisk | undefined> {
    const query = this.query().where('d.name = :name', { name });
    if (project !== undefined) query.andWhere('d.project = :project', { project });
    const found = await this.read(query.limit(2));
    return found.length === 1 ? found[0] : undefined;
  }

  /** Held against other changes until the transaction ends. */
  async lock(id: string): Promise<DiskEntity | undefined> {
    const lock = { mode: 'pessimistic_write' } as const;
    return (await this.manager.findOne(DiskEntity, { where: { id }, lock })) ?? undefined;
  }

  async page(wish: ListWish): Promise<Page<SeenDisk>> {
    const list = listing(LISTED, wish);
    return listedPage(await this.read(narrow(this.query(), list)), list, ({ disk }) => disk);
  }

  async change(id: string, change: Partial<DiskEntity>): Promise<void> {
    await this.manager.update(DiskEntity, { id }, change);
  }

  /** Rows of these disks, and all that are to lie in the pool. */
  async ofPool(poolId: string, ids: string[]): Promise<DiskEntity[]> {
    return this.manager.find(DiskEntity, { where: [{ poolId }, { id: In(ids) }] });
  }

  /** The VM moves, and its disks with it. */
  async setHost(vmId: string, hostId: string): Promise<void> {
    await this.manager.update(DiskEntity, { vmId }, { hostId });
  }

  /** The host has settled this generation: what it has was made. */
  async markMade(vmId: string, generation: number): Promise<void> {
    await this.manager.query(
      `UPDATE disks SET made = true WHERE vm_id = $1 AND NOT made AND presence_generation <= $2`,
      [vmId, generation],
    );
  }

  /** They belong to no VM any more, and keep their content. */
  async free(ids: string[]): Promise<void> {
    if (ids.length === 0) return;
    await this.manager.update(
      DiskEntity,
      { id: In(ids) },
      { vmId: null, position: 0, bootOrder: 0, readOnly: false, presence: 'attached', state: 'available' },
    );
  }

  /** Their host has said that they are gone: the rows go, and the room goes back to the pools. */
  async remove(ids: string[]): Promise<void> {
    if (ids.length === 0) return;
    await new PoolRepository(this.manager).releaseDisks(ids);
    await this.manager.delete(DiskEntity, { id: In(ids) });
  }

  /** The VM is gone from its host: its disks go with it, but for those that are to outlive it. */
  async leaveVm(vmId: string): Promise<void> {
    const disks = await this.manager.findBy(DiskEntity, { vmId });
    await this.free(disks.filter(outlivesVm).map((it) => it.id));
    await this.remove(disks.filter((it) => !outlivesVm(it)).map((it) => it.id));
  }

  private query(): SelectQueryBuilder<DiskEntity> {
    return this.manager
      .createQueryBuilder(DiskEntity, 'd')
      .leftJoin('vms', 'v', 'v.id = d.vm_id')
      .leftJoin('hosts', 'h', 'h.id = d.host_id')
      .leftJoin('pools', 'p', 'p.id = d.pool_id')
      .leftJoin('templates', 't', 't.id = d.template_id')
      .addSelect('v.name', 'vm_name')
      .addSelect('h.name', 'host_name')
      .addSelect('p.name', 'pool_name')
      .addSelect('p.kind', 'pool_kind')
      .addSelect('t.name', 'template_name');
  }

  private async read(query: SelectQueryBuilder<DiskEntity>): Promise<SeenDisk[]> {
    const { raw, entities } = await query.getRawAndEntities<Extra>();
    return entities.map((disk, index) => {
      const extra = raw[index] as Extra;
      return {
        disk,
        vmName: extra.vm_name,
        hostName: extra.host_name,
        poolName: extra.pool_name,
        poolKind: extra.pool_kind,
        templateName: extra.template_name,
      };
    });
  }
}
