import type { EntityManager } from 'typeorm';
import type { ExitEvent, ExitReason, QmpEventRecord } from '#libs/contracts';
import { decodeCursor, invalidCursor, type Page, pageOf } from '../keyset.js';

const KEPT_A_VM = 20;

/** How a QEMU process of a VM ended, without its last words. */
export interface ExitRow {
  sequence: number;
  reason: ExitReason;
  status: string;
  launchedAt: Date;
  at: Date;
  startGeneration: number;
  pid: number;
  hostId: string;
  hostName: string;
}

export interface FullExitRow extends ExitRow {
  serialTail: Buffer;
  stderrTail: Buffer;
  qmpEvents: QmpEventRecord[];
}

const INSERT = `
INSERT INTO vm_exits (vm_id, host_id, sequence, reason, status, launched_at, at, start_generation, pid, launch_id,
  serial_tail, stderr_tail, qmp_events)
VALUES ($1, $2, $3, $4, $5, to_timestamp($6 / 1000.0), to_timestamp($7 / 1000.0), $8, $9, $10, $11, $12, $13)
ON CONFLICT (vm_id, host_id, sequence) DO NOTHING`;

const PRUNE = `
DELETE FROM vm_exits WHERE vm_id = $1 AND (host_id, sequence) NOT IN (
  SELECT host_id, sequence FROM vm_exits WHERE vm_id = $1 ORDER BY at DESC, sequence DESC LIMIT $2
)`;

const COLUMNS = `
e.sequence::float8 AS "sequence", e.reason, e.status, e.launched_at AS "launchedAt", e.at,
e.start_generation::float8 AS "startGeneration", e.pid::float8 AS "pid", e.host_id AS "hostId", h.name AS "hostName"`;
const TAILS = 'e.serial_tail AS "serialTail", e.stderr_tail AS "stderrTail", e.qmp_events AS "qmpEvents"';
const FROM = 'FROM vm_exits e JOIN hosts h ON h.id = e.host_id';
const NEWEST_FIRST = 'ORDER BY e.at DESC, e.sequence DESC';

/** Death certificates, the last ones of each VM. */
export class ExitRepository {
  constructor(private readonly manager: EntityManager) {}

  /** Once for each VM, host and sequence, however often it is told. */
  async keep({ vmId, hostId, exit, ...rest }: ExitEvent): Promise<void> {
    await this.manager.query(INSERT, [
      vmId,
      hostId,
      exit.exitSeq,
      exit.reason,
      exit.status,
      rest.launchedAtMs,
      exit.atMs,
      exit.startGeneration,
      rest.pid,
      rest.launchId,
      Buffer.from(rest.serialTail),
      Buffer.from(rest.stderrTail),
      JSON.stringify(rest.qmpEvents),
    ]);
    await this.manager.query(PRUNE, [vmId, KEPT_A_VM]);
  }

  /** Newest first. */
  async page(vmId: string, limit: number, cursor?: string): Promise<Page<ExitRow>> {
    const [at, sequence] = cursor ? decodeCursor(cursor, 2) : [];
    const before = cursor ? new Date(at ?? '') : null;
    if (before && (Number.isNaN(before.getTime()) || !/^\d{1,15}$/.test(sequence ?? '')))
      throw invalidCursor();
    const rows: ExitRow[] = await this.manager.query(
      `SELECT ${COLUMNS} ${FROM} WHERE e.vm_id = $1
         AND ($2::timestamptz IS NULL OR (date_trunc('milliseconds', e.at), e.sequence) < ($2, $3::bigint))
       ORDER BY date_trunc('milliseconds', e.at) DESC, e.sequence DESC LIMIT $4`,
      [vmId, before, sequence ?? null, limit + 1],
    );
    return pageOf(rows, limit, (last) => [last.at.toISOString(), String(last.sequence)]);
  }

  /** The newest with that sequence, when the VM had several hosts; without one, the newest of all. */
  async get(vmId: string, sequence?: number): Promise<FullExitRow | undefined> {
    const rows: FullExitRow[] = await this.manager.query(
      `SELECT ${COLUMNS}, ${TAILS} ${FROM}
       WHERE e.vm_id = $1 AND ($2::bigint IS NULL OR e.sequence = $2) ${NEWEST_FIRST} LIMIT 1`,
      [vmId, sequence ?? null],
    );
    return rows[0];
  }
}
