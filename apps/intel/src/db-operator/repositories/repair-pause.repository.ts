import type { EntityManager } from 'typeorm';
import type { PauseScope } from '#libs/contracts';
import type { Page } from '../keyset.js';
import { type Listed, type ListWish, listedPage, listing, positional } from '../listing.js';

export interface RepairPauseRow {
  id: string;
  scope: PauseScope;
  /** null for the fleet. */
  scopeId: string | null;
  scopeName: string;
  /** Of its VM; null for hosts and the fleet. */
  project: string | null;
  until: Date;
  reason: string;
  requestedBy: string;
  createdAt: Date;
  /** Until its end, by the clock of the database. */
  remainingMs: number;
}

const COLUMNS = `id, scope, scope_id AS "scopeId", scope_name AS "scopeName", project, until, reason,
  requested_by AS "requestedBy", created_at AS "createdAt",
  (extract(epoch FROM until - now()) * 1000)::float8 AS "remainingMs"`;

const LISTED: Listed = {
  id: 'r.id',
  filters: {
    within: '(r.project IS NULL OR r.project = ?)',
    project: 'r.project = ?',
    scope: 'r.scope = ?',
  },
};

/** Pauses of repairs. One that is over is like one that never was. */
export class RepairPauseRepository {
  constructor(private readonly manager: EntityManager) {}

  async insert(pause: Omit<RepairPauseRow, 'createdAt' | 'remainingMs'>): Promise<void> {
    await this.manager.query(
      `INSERT INTO repair_pauses (id, scope, scope_id, scope_name, project, until, reason, requested_by)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [
        pause.id,
        pause.scope,
        pause.scopeId,
        pause.scopeName,
        pause.project,
        pause.until,
        pause.reason,
        pause.requestedBy,
      ],
    );
  }

  /** Those in force; those of hosts and the fleet concern every project. */
  async inForce(): Promise<RepairPauseRow[]> {
    return this.manager.query(
      `SELECT ${COLUMNS} FROM repair_pauses WHERE until > now() ORDER BY created_at, id`,
    );
  }

  /** The same, a page of them. */
  async page(wish: ListWish): Promise<Page<RepairPauseRow>> {
    const list = listing(LISTED, wish);
    const { tail, values } = positional(list);
    const rows: RepairPauseRow[] = await this.manager.query(
      `SELECT ${COLUMNS} FROM (SELECT * FROM repair_pauses WHERE until > now()) AS r ${tail}`,
      values,
    );
    return listedPage(rows, list, (pause) => pause);
  }

  async get(id: string): Promise<RepairPauseRow | undefined> {
    const rows: RepairPauseRow[] = await this.manager.query(
      `SELECT ${COLUMNS} FROM repair_pauses WHERE id = $1 AND until > now()`,
      [id],
    );
    return rows[0];
  }

  async remove(id: string): Promise<void> {
    await this.manager.query('DELETE FROM repair_pauses WHERE id = $1', [id]);
  }

  async removeOver(): Promise<void> {
    await this.manager.query(`DELETE FROM repair_pauses WHERE until < now() - interval '1 day'`);
  }
}
