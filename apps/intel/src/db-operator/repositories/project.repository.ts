import type { EntityManager } from 'typeorm';
import { ProjectEntity } from '../entities/index.js';
import type { Page } from '../keyset.js';
import { type Listed, type ListWish, listedPage, listing, narrow } from '../listing.js';

/** What keeps a project from being deleted, by kind; kinds without any are left out. */
const USERS = `
SELECT kind, count FROM (
  SELECT 1 AS at, 'VMs' AS kind, count(*)::int AS count FROM vms WHERE project = $1
  UNION ALL SELECT 2, 'disks', count(*)::int FROM disks WHERE project = $1
  UNION ALL SELECT 3, 'snapshots', count(*)::int FROM snapshots WHERE project = $1
  UNION ALL SELECT 4, 'backups', count(*)::int FROM backups WHERE project = $1
  UNION ALL SELECT 5, 'networks', count(*)::int FROM networks WHERE project = $1
  UNION ALL SELECT 6, 'addresses', count(*)::int FROM addresses WHERE project = $1 AND state <> 'resting'
  UNION ALL SELECT 7, 'templates', count(*)::int FROM templates WHERE project = $1
  UNION ALL SELECT 8, 'tokens', count(*)::int FROM tokens WHERE project = $1) AS users
WHERE count > 0 ORDER BY at`;

const LISTED: Listed = {
  id: 'p.id',
  name: 'p.name',
  labels: 'p.labels',
  filters: {
    within: 'p.name = ?',
    project: 'p.name = ?',
    name: 'p.name = ?',
    updatedSince: 'p.updated_at >= ?::timestamptz',
  },
  usual: 'name',
};

export class ProjectRepository {
  constructor(private readonly manager: EntityManager) {}

  async insert(project: Partial<ProjectEntity>): Promise<void> {
    await this.manager.insert(ProjectEntity, project);
  }

  /** Of what this caller sees; a foreign one is looked for in the same way as an absent one. */
  async find(idOrName: string, seen: string | null): Promise<ProjectEntity | undefined> {
    const query = this.manager
      .createQueryBuilder(ProjectEntity, 'p')
      .where('(p.id::text = :it OR p.name = :it)', { it: idOrName });
    if (seen !== null) query.andWhere('p.name = :seen', { seen });
    return (await query.getOne()) ?? undefined;
  }

  async lock(id: string): Promise<ProjectEntity | undefined> {
    const query = this.manager.createQueryBuilder(ProjectEntity, 'p').where('p.id = :id', { id });
    return (await query.setLock('pessimistic_write').getOne()) ?? undefined;
  }

  /** Nobody deletes it until the transaction ends; false when there is none. */
  async hold(name: string): Promise<boolean> {
    const rows: unknown[] = await this.manager.query('SELECT 1 FROM projects WHERE name = $1 FOR KEY SHARE', [
      name,
    ]);
    return rows.length === 1;
  }

  async page(wish: ListWish): Promise<Page<ProjectEntity>> {
    const list = listing(LISTED, wish);
    const query = this.manager.createQueryBuilder(ProjectEntity, 'p');
    return listedPage(await narrow(query, list).getMany(), list, (project) => project);
  }

  async update(id: string, change: Partial<ProjectEntity>): Promise<void> {
    await this.manager.update(ProjectEntity, { id }, { ...change, updatedAt: () => 'now()' });
  }

  async users(name: string): Promise<{ kind: string; count: number }[]> {
    return this.manager.query(USERS, [name]);
  }

  async remove(id: string): Promise<void> {
    await this.manager.delete(ProjectEntity, { id });
  }

  /** From here on the transaction is refused when it takes more than the quota of a project. */
  async enforceQuotas(): Promise<void> {
    await this.manager.query(`SELECT set_config('vman.quota', 'enforced', true)`);
  }

  /** Counts now what would be counted at the commit; throws quota_exceeded. */
  async countNow(): Promise<void> {
    await this.manager.query('SET CONSTRAINTS ALL IMMEDIATE');
  }
}
