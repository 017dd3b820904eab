import type { EntityManager } from 'typeorm';
import type { PauseScope } from '#libs/contracts';

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

  /** Those in force; with a project, its own and those of hosts and the fleet, which concern it too. */
  async inForce(project?: string): Promise<RepairPauseRow[]> {
    return this.manager.query(
      `SELECT ${COLUMNS} FROM repair_pauses
       WHERE until > now() AND ($1::text IS NULL OR project IS NULL OR project = $1) ORDER BY created_at, id`,
      [project ?? null],
    );
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
