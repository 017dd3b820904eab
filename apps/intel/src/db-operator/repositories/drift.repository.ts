import type { EntityManager } from 'typeorm';
import type { DriftDecisionKind, DriftEvent, DriftRule, DriftState } from '#libs/contracts';
import type { Page } from '../keyset.js';
import { exactTime, type Listed, type ListWish, listedPage, listing, positional } from '../listing.js';

export interface DriftRow {
  id: string;
  key: string;
  rule: DriftRule;
  hostId: string;
  hostName: string;
  vmId: string | null;
  project: string | null;
  name: string;
  subject: string;
  state: DriftState;
  expected: string;
  seen: string;
  decision: DriftDecisionKind;
  reason: string;
  generation: number;
  since: Date;
  detectedAt: Date;
  changedAt: Date;
  repairId: string | null;
  attempts: number;
  nextTryAt: Date | null;
  epoch: number;
  closedAt: Date | null;
}

const COLUMNS = `d.id, d.key, d.rule, d.host_id AS "hostId", coalesce(h.name, '') AS "hostName", d.vm_id AS "vmId",
  d.project, d.name, d.subject, d.state, d.expected, d.seen, d.decision, d.reason,
  d.generation::float8 AS "generation", d.since, d.detected_at AS "detectedAt", d.changed_at AS "changedAt",
  d.repair_id AS "repairId", d.attempts, d.next_try_at AS "nextTryAt", d.epoch::float8 AS "epoch",
  d.closed_at AS "closedAt"`;
const FROM = 'FROM drifts d LEFT JOIN hosts h ON h.id = d.host_id';

const LISTED: Listed = {
  id: 'd.id',
  at: 'd.detected_at',
  filters: {
    within: 'd.project = ?',
    project: 'd.project = ?',
    kind: 'd.rule = ?',
    // `present`: all that are not over
    state: `CASE ? WHEN 'present' THEN d.closed_at IS NULL ELSE d.state = ? END`,
    vm: 'd.vm_id = ?',
    host: 'd.host_id = ?',
    updatedSince: 'd.changed_at >= ?::timestamptz',
  },
  usual: '-createdAt',
};

/** What an event changes, in the order of the columns; times are Unix ms. */
const CHANGING = [
  'occurrence',
  'state',
  'expected',
  'seen',
  'decision',
  'reason',
  'generation',
  'exit_seq',
  'repair_id',
  'attempts',
  'observer_id',
  'epoch',
  'changed_at',
  'next_try_at',
  'closed_at',
] as const;
const FIXED = [
  'id',
  'key',
  'rule',
  'host_id',
  'vm_id',
  'project',
  'name',
  'subject',
  'since',
  'detected_at',
] as const;
const TIMES: readonly string[] = ['since', 'detected_at', 'changed_at', 'next_try_at', 'closed_at'];

const place = (column: string, index: number) =>
  TIMES.includes(column) ? `to_timestamp($${index + 1}::float8 / 1000)` : `$${index + 1}`;
const INSERT = `INSERT INTO drifts (${[...CHANGING, ...FIXED].join(', ')})
VALUES (${[...CHANGING, ...FIXED].map(place).join(', ')}) ON CONFLICT DO NOTHING`;
const UPDATE = `UPDATE drifts SET ${CHANGING.map((column, at) => `${column} = ${place(column, at)}`).join(', ')}
WHERE id = $${CHANGING.length + 1}`;

function changingOf(event: DriftEvent): unknown[] {
  const over = event.state === 'repaired' || event.state === 'cleared';
  return [
    event.driftId,
    event.state,
    event.expected,
    event.seen,
    event.decision,
    event.reason,
    event.generation,
    event.exitSeq,
    event.repairId || null,
    event.attempts,
    event.observerId,
    event.epoch,
    event.changedAtMs,
    event.nextTryAtMs || null,
    over ? event.changedAtMs : null,
  ];
}

/** Drifts, as the observer told them. */
export class DriftRepository {
  constructor(private readonly manager: EntityManager) {}

  /** Whether a drift of this rule about the host itself is not over. */
  async isOpen(rule: DriftRule, hostId: string): Promise<boolean> {
    const rows: unknown[] = await this.manager.query(
      'SELECT 1 FROM drifts WHERE rule = $1 AND host_id = $2 AND vm_id IS NULL AND closed_at IS NULL LIMIT 1',
      [rule, hostId],
    );
    return rows.length > 0;
  }

  /** From now on nobody else writes this drift until the transaction ends. */
  async hold(key: string): Promise<void> {
    await this.manager.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 76))', [key]);
  }

  /** What an occurrence is known as: its own row, or the open one of the same key that it goes on with. */
  async find(event: Pick<DriftEvent, 'driftId' | 'key'>): Promise<DriftRow | undefined> {
    const rows: DriftRow[] = await this.manager.query(
      `SELECT ${COLUMNS} ${FROM} WHERE d.id = $1 OR d.occurrence = $1 OR (d.key = $2 AND d.closed_at IS NULL)
       ORDER BY (d.id = $1 OR d.occurrence = $1) DESC LIMIT 1`,
      [event.driftId, event.key],
    );
    return rows[0];
  }

  async insert(event: DriftEvent, owner: { project: string | null; name: string }): Promise<void> {
    const { driftId, key, rule, hostId, vmId, subject, sinceMs, detectedAtMs } = event;
    const { project, name } = owner;
    const fixed = [driftId, key, rule, hostId, vmId || null, project, name, subject, sinceMs, detectedAtMs];
    await this.manager.query(INSERT, [...changingOf(event), ...fixed]);
  }

  async update(id: string, event: DriftEvent): Promise<void> {
    await this.manager.query(UPDATE, [...changingOf(event), id]);
  }

  async get(id: string): Promise<DriftRow | undefined> {
    const rows: DriftRow[] = await this.manager.query(`SELECT ${COLUMNS} ${FROM} WHERE d.id = $1`, [id]);
    return rows[0];
  }

  async page(wish: ListWish & { vm?: string; state?: string }): Promise<Page<DriftRow>> {
    const list = listing(LISTED, wish);
    const { tail, values } = positional(list);
    const rows: (DriftRow & { at: string })[] = await this.manager.query(
      `SELECT ${COLUMNS}, ${exactTime('d.detected_at')} AS "at" ${FROM} ${tail}`,
      values,
    );
    return listedPage(rows, list, (drift) => drift);
  }

  /** All that are not over, for an observer that begins to lead. */
  async open(limit: number): Promise<DriftRow[]> {
    return this.manager.query(
      `SELECT ${COLUMNS} ${FROM} WHERE d.closed_at IS NULL ORDER BY d.detected_at LIMIT $1`,
      [limit],
    );
  }

  async removeClosed(olderThanDays: number): Promise<void> {
    await this.manager.query(`DELETE FROM drifts WHERE closed_at < now() - $1::int * interval '1 day'`, [
      olderThanDays,
    ]);
  }
}
