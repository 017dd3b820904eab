import type { EntityManager, SelectQueryBuilder } from 'typeorm';
import type { SnapshotState } from '#libs/contracts/http';
import { SnapshotEntity, VmEntity } from '../entities/index.js';
import type { Page } from '../keyset.js';
import { type Listed, type ListWish, listedPage, listing, narrow } from '../listing.js';

/** A snapshot with what is known of it only beside its row. */
export interface SeenSnapshot {
  snapshot: SnapshotEntity;
  state: SnapshotState;
  vmName: string;
  hostId: string;
  /** The VM is as this one holds it, or came from there. */
  current: boolean;
}

const STATE = `CASE WHEN v.restore->>'snapshotId' = s.id::text AND s.state = 'ready' THEN 'restoring' ELSE s.state END`;

/** Disks that are still to be made from it; their VMs or themselves. */
const USERS = `
SELECT DISTINCT coalesce(v.name, nullif(d.name, ''), d.id::text) AS name FROM disks d LEFT JOIN vms v ON v.id = d.vm_id
WHERE NOT d.made AND d.origin->'from'->'value'->>'snapshotId' = $1`;

const LISTED: Listed = {
  id: 's.id',
  name: 's.name',
  filters: {
    within: 's.project = ?',
    project: 's.project = ?',
    vm: 's.vm_id = ?',
    name: 's.name = ?',
    state: `${STATE} = ?`,
    updatedSince: 's.updated_at >= ?::timestamptz',
  },
};

export class SnapshotRepository {
  constructor(private readonly manager: EntityManager) {}

  async insert(snapshot: Partial<SnapshotEntity> & Pick<SnapshotEntity, 'id' | 'vmId'>): Promise<void> {
    await this.manager.insert(SnapshotEntity, snapshot);
  }

  async get(id: string): Promise<SeenSnapshot | undefined> {
    return (await read(this.query().where('s.id = :id', { id })))[0];
  }

  async byName(vmId: string, name: string): Promise<SeenSnapshot | undefined> {
    const found = await read(this.query().where('s.vm_id = :vmId AND s.name = :name', { vmId, name }));
    return found.find((it) => it.state !== 'failed') ?? found[0];
  }

  /** How many a VM has, the failed ones too. */
  async count(vmId: string): Promise<number> {
    return this.manager.countBy(SnapshotEntity, { vmId });
  }

  /** Oldest first. */
  async page(wish: ListWish): Promise<Page<SeenSnapshot>> {
    const list = listing(LISTED, wish);
    const query = this.query().where('NOT s.temporary');
    return listedPage(await read(narrow(query, list)), list, ({ snapshot }) => snapshot);
  }

  async change(id: string, change: Partial<SnapshotEntity>): Promise<void> {
    await this.manager.update(SnapshotEntity, { id }, change);
  }

  /** The VM is now as this snapshot holds it. */
  async setCurrent(vmId: string, id: string): Promise<void> {
    await this.manager.update(VmEntity, { id: vmId }, { currentSnapshotId: id });
  }

  /** Those that came from it come from its parent now. */
  async remove({ id, parentId, vmId }: SnapshotEntity): Promise<void> {
    await this.manager.update(SnapshotEntity, { parentId: id }, { parentId });
    await this.manager.update(VmEntity, { id: vmId, currentSnapshotId: id }, { currentSnapshotId: parentId });
    await this.manager.delete(SnapshotEntity, { id });
  }

  /** Names of what is still being copied from it. */
  async usersOf(id: string): Promise<string[]> {
    const rows: { name: string }[] = await this.manager.query(USERS, [id]);
    return rows.map((it) => it.name);
  }

  /** Those of a VM that hold this disk, by name. */
  async holdersOf(vmId: string, diskId: string): Promise<string[]> {
    const rows: { name: string }[] = await this.manager.query(
      `SELECT name FROM snapshots WHERE vm_id = $1 AND state <> 'failed' AND disks @> $2::jsonb ORDER BY id`,
      [vmId, JSON.stringify([{ diskId }])],
    );
    return rows.map((it) => it.name);
  }

  private query(): SelectQueryBuilder<SnapshotEntity> {
    return this.manager
      .createQueryBuilder(SnapshotEntity, 's')
      .innerJoin(VmEntity, 'v', 'v.id = s.vm_id')
      .addSelect(STATE, 'shown')
      .addSelect('v.name', 'vm_name')
      .addSelect('v.host_id', 'vm_host')
      .addSelect('v.current_snapshot_id = s.id', 'is_current');
  }
}

interface Extra {
  shown: SnapshotState;
  vm_name: string;
  vm_host: string;
  is_current: boolean | null;
}

async function read(query: SelectQueryBuilder<SnapshotEntity>): Promise<SeenSnapshot[]> {
  const { entities, raw } = await query.getRawAndEntities<Extra>();
  return entities.flatMap((snapshot, index) => {
    const extra = raw[index];
    if (!extra) return [];
    const { shown, vm_name: vmName, vm_host: hostId, is_current } = extra;
    return [{ snapshot, state: shown, vmName, hostId, current: is_current === true }];
  });
}
