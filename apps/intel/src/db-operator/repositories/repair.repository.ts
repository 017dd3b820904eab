import type { EntityManager } from 'typeorm';
import type { DriftRule, Origin, RepairAction, RepairEvent } from '#libs/contracts';
import type { OperationStatus } from '#libs/contracts/http';
import { decodeCursor, type Page, pageOf } from '../keyset.js';

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

export interface RepairFilter {
  kind?: string;
  state?: string;
  vm?: string;
  host?: string;
  project?: string;
  /** The only project that the caller sees. */
  within?: string;
  limit: number;
  cursor?: string;
}

const COLUMNS = `r.id, r.rule, r.action, r.origin, r.host_id AS "hostId", coalesce(h.name, '') AS "hostName",
  r.vm_id AS "vmId", r.project, r.name, r.expected, r.seen, r.reason, r.generation::float8 AS "generation",
  r.exit_seq::float8 AS "exitSeq", r.attempt, r.epoch::float8 AS "epoch", r.detected_at AS "detectedAt",
  r.decided_at AS "decidedAt", coalesce(o.status, 'queued') AS "status", o.finished_at AS "finishedAt",
  o.error_code AS "errorCode", o.error_message AS "errorMessage"`;
const FROM = 'FROM repairs r LEFT JOIN hosts h ON h.id = r.host_id LEFT JOIN operations o ON o.id = r.id';

const PAGE = `
SELECT ${COLUMNS}, r.decided_at::text AS "at" ${FROM}
WHERE ($1::text IS NULL OR r.rule = $1)
  AND ($2::text IS NULL OR coalesce(o.status, 'queued') = $2)
  AND ($3::uuid IS NULL OR r.vm_id = $3)
  AND ($4::uuid IS NULL OR r.host_id = $4)
  AND ($5::text IS NULL OR r.project = $5) AND ($9::text IS NULL OR r.project = $9)
  AND ($6::text IS NULL OR (r.decided_at, r.id::text) < ($6::timestamptz, $7))
ORDER BY r.decided_at DESC, r.id::text DESC LIMIT $8`;

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

  /** Newest first. */
  async page(filter: RepairFilter): Promise<Page<RepairRow>> {
    const [at, id] = filter.cursor ? decodeCursor(filter.cursor, 2) : [];
    const rows: (RepairRow & { at: string })[] = await this.manager.query(PAGE, [
      filter.kind ?? null,
      filter.state ?? null,
      filter.vm ?? null,
      filter.host ?? null,
      filter.project ?? null,
      at ?? null,
      id ?? null,
      filter.limit + 1,
      filter.within ?? null,
    ]);
    return pageOf(rows, filter.limit, (last) => [last.at, last.id]);
  }

  async removeOld(olderThanDays: number): Promise<void> {
    await this.manager.query(`DELETE FROM repairs WHERE decided_at < now() - $1::int * interval '1 day'`, [
      olderThanDays,
    ]);
  }
}
