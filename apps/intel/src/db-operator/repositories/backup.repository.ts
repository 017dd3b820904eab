import type { EntityManager } from 'typeorm';
import type { BackupState } from '#libs/contracts/http';
import { BackupEntity } from '../entities/index.js';
import { decodeCursor, type Page, pageOf } from '../keyset.js';

export interface BackupFilter {
  project?: string;
  /** Id or name of the VM. */
  vm?: string;
  state?: BackupState;
  limit: number;
  cursor?: string;
}

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
  async page({ project, vm, state, limit, cursor }: BackupFilter): Promise<Page<BackupEntity>> {
    const query = this.manager
      .createQueryBuilder(BackupEntity, 'b')
      .orderBy('b.id', 'DESC')
      .limit(limit + 1);
    if (project !== undefined) query.andWhere('b.project = :project', { project });
    if (vm) query.andWhere('(b.vm_id::text = :vm OR b.vm_name = :vm)', { vm });
    if (state) query.andWhere('b.state = :state', { state });
    if (cursor) query.andWhere('b.id < :after::uuid', { after: decodeCursor(cursor, 1)[0] });
    return pageOf(await query.getMany(), limit, (last) => [last.id]);
  }
}
