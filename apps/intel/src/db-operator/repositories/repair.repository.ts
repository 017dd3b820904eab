import type { EntityManager } from 'typeorm';
import type { DriftRule, Origin, RepairAction, RepairEvent } from '#libs/contracts';
import type { OperationStatus } from '#libs/contracts/http';
import type { Page } from '../keyset.js';
import { exactTime, type Listed, type ListWish, listedPage, listing, positional } from '../listing.js';

export interface RepairRow {
  id: string;
  rule: DriftRule;
  action: RepairAction;
  origin: Origin;
  hostId: string;
  hostName: string;
  vmId: string;
  project: string;
  name: string;
  expected: string;
  seen: string;
  reason: string;
  generation: number;
  exitSeq: number;
  attempt: number;
  epoch: number;
  detectedAt: Date;
  decidedAt: Date;
  /** Of its operation. */
  status: OperationStatus;
  finishedAt: Date | null;
  errorCode: string | null;
  errorMessage: string | null;
}

const COLUMNS = `r.id, r.rule, r.action, r.origin, r.host_id AS "hostId", coalesce(h.name, '') AS "hostName",
  r.vm_id AS "vmId", r.project, r.name, r.expected, r.seen, r.reason, r.generation::float8 AS "generation",
  r.exit_seq::float8 AS "exitSeq", r.attempt, r.epoch::float8 AS "epoch", r.detected_at AS "detectedAt",
  r.decided_at AS "decidedAt", coalesce(o.status, 'queued') AS "status", o.finished_at AS "finishedAt",
  o.error_code AS "errorCode", o.error_message AS "errorMessage"`;
const FROM = 'FROM repairs r LEFT JOIN hosts h ON h.id = r.host_id LEFT JOIN operations o ON o.id = r.id';

const LISTED: Listed = {
  id: 'r.id',
  at: 'r.decided_at',
  filters: {
    within: 'r.project = ?',
    project: 'r.project = ?',
    kind: 'r.rule = ?',
    state: `coalesce(o.status, 'queued') = ?`,
    vm: 'r.vm_id = ?',
    host: 'r.host_id = ?',
    updatedSince: 'greatest(r.decided_at, o.progressed_at) >= ?::timestamptz',
  },
  usual: '-createdAt',
};

/** Told again by another try, or by another observer, it is the same repair. */
const KEEP = `
INSERT INTO repairs (id, rule, action, origin, host_id, vm_id, project, name, expected, seen, reason, generation,
  exit_seq, attempt, epoch, detected_at, decided_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, to_timestamp($16::float8 / 1000),
  to_timestamp($17::float8 / 1000))
ON CONFLICT (id) DO UPDATE SET attempt = greatest(repairs.attempt, EXCLUDED.attempt),
  epoch = greatest(repairs.epoch, EXCLUDED.epoch)`;

/** Decisions to mend something; how each went is in the operation with its id. */
export class RepairRepository {
  constructor(private readonly manager: EntityManager) {}

  async keep(event: RepairEvent, owner: { project: string; name: string }): Promise<void> {
    await this.manager.query(KEEP, [
      event.repairId,
      event.rule,
      event.action ?? 'restart',
      event.origin ?? 'observer',
      event.hostId,
      event.vmId,
      owner.project,
      owner.name,
      event.expected,
      event.seen,
      event.reason,
      event.generation,
      event.exitSeq,
      event.attempt ?? 1,
      event.epoch ?? 0,
      event.detectedAtMs,
      event.decidedAtMs,
    ]);
  }

  async get(id: string): Promise<RepairRow | undefined> {
    const rows: RepairRow[] = await this.manager.query(`SELECT ${COLUMNS} ${FROM} WHERE r.id = $1`, [id]);
    return rows[0];
  }

  async page(wish: ListWish & { vm?: string }): Promise<Page<RepairRow>> {
    const list = listing(LISTED, wish);
    const { tail, values } = positional(list);
    const rows: (RepairRow & { at: string })[] = await this.manager.query(
      `SELECT ${COLUMNS}, ${exactTime('r.decided_at')} AS "at" ${FROM} ${tail}`,
      values,
    );
    return listedPage(rows, list, (repair) => repair);
  }

  async removeOld(olderThanDays: number): Promise<void> {
    await this.manager.query(`DELETE FROM repairs WHERE decided_at < now() - $1::int * interval '1 day'`, [
      olderThanDays,
    ]);
  }
}
