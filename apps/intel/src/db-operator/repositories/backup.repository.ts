import type { EntityManager } from 'typeorm';
import { BackupEntity } from '../entities/index.js';
import type { Page } from '../keyset.js';
import { type Listed, type ListWish, listedPage, listing, narrow } from '../listing.js';

const LISTED: Listed = {
  id: 'b.id',
  filters: {
    within: 'b.project = ?',
    project: 'b.project = ?',
    vm: '(b.vm_id::text = ? OR b.vm_name = ?)',
    pool: '(b.pool_id::text = ? OR b.pool_id IN (SELECT id FROM pools WHERE name = ?))',
    state: 'b.state = ?',
    updatedSince: 'b.updated_at >= ?::timestamptz',
  },
  usual: '-createdAt',
};

export class BackupRepository {
  constructor(private readonly manager: EntityManager) {}

  async insert(backup: Partial<BackupEntity> & { id: string }): Promise<void> {
    await this.manager.insert(BackupEntity, backup);
  }

  async get(id: string): Promise<BackupEntity | undefined> {
    return (await this.manager.findOneBy(BackupEntity, { id })) ?? undefined;
  }

  /** Held against other changes until the transaction ends. */
  async lock(id: string): Promise<BackupEntity | undefined> {
    const lock = { mode: 'pessimistic_write' } as const;
    return (await this.manager.findOne(BackupEntity, { where: { id }, lock })) ?? undefined;
  }

  /** What the next one in this pool can add to: the newest that is there or being made. */
  async newest(vmId: string, poolId: string): Promise<BackupEntity | undefined> {
    return this.manager
      .createQueryBuilder(BackupEntity, 'b')
      .where(`b.vm_id = :vmId AND b.pool_id = :poolId AND b.state IN ('creating', 'ready')`, { vmId, poolId })
      .orderBy('b.id', 'DESC')
      .limit(1)
      .getOne()
      .then((found) => found ?? undefined);
  }

  /** Those that are nothing without it, directly or over others; the nearest first. */
  async dependents(id: string): Promise<BackupEntity[]> {
    const rows: { id: string }[] = await this.manager.query(
      `WITH RECURSIVE above AS (
         SELECT id, 1 AS depth FROM backups WHERE parent_id = $1 AND state <> 'failed'
         UNION ALL
         SELECT b.id, above.depth + 1 FROM backups b JOIN above ON b.parent_id = above.id WHERE b.state <> 'failed'
       ) SELECT id FROM above ORDER BY depth, id`,
      [id],
    );
    const found = await Promise.all(rows.map((row) => this.lock(row.id)));
    return found.flatMap((it) => it ?? []);
  }

  async change(id: string, change: Partial<BackupEntity>): Promise<void> {
    await this.manager.update(BackupEntity, { id }, change);
  }

  async markVerified(id: string): Promise<void> {
    await this.manager.query(
      `UPDATE backups SET verified_at = now(), state = 'ready', failure_code = '', failure_message = ''
       WHERE id = $1 AND state IN ('ready', 'damaged')`,
      [id],
    );
  }

  async remove(id: string): Promise<void> {
    await this.manager.delete(BackupEntity, { id });
  }

  /** Newest first. */
  async page(wish: ListWish): Promise<Page<BackupEntity>> {
    const list = listing(LISTED, wish);
    const query = this.manager.createQueryBuilder(BackupEntity, 'b');
    return listedPage(await narrow(query, list).getMany(), list, (backup) => backup);
  }
}
