import { type EntityManager, IsNull } from 'typeorm';
import { OutboxEntity } from '../entities/index.js';
import { type Row, rowReader } from '../entity-rows.js';
import { announce, pendingOf } from '../notify.js';
import type { OutboxRow, UnsentRow } from '../told-rows.js';

/** From a JSON list of rows. */
export const INSERT_OUTBOX = (at: string) => `
  INSERT INTO outbox (kind, host_id, vm_id, operation_id, count)
  SELECT kind, "hostId", "vmId", "operationId", count
  FROM jsonb_to_recordset(${at}::jsonb) AS o (kind text, "hostId" uuid, "vmId" uuid, "operationId" uuid,
    count bigint)`;

/** What was published lies in this stream under this sequence. */
export interface Lying {
  stream: string;
  sequence: number;
  /** Whose desired state it is. */
  vmId?: string;
}

/**
 * Without waiting for the disk: a mark that the database forgets when it dies lets what was published be published once
 * more, which changes nothing.
 */
const MARK_SENT = `
WITH lazily AS (SELECT set_config('synchronous_commit', 'off', true)),
lying AS (
  SELECT * FROM jsonb_to_recordset($2::jsonb) AS l (stream text, sequence bigint, "vmId" uuid)),
sent AS (UPDATE outbox SET sent_at = now() WHERE id = ANY($1::bigint[])),
told AS (UPDATE vms SET desired_sequence = lying.sequence FROM lying WHERE vms.id = lying."vmId")
UPDATE bus_state SET last_sequence = top.sequence
FROM lazily, (SELECT stream, max(sequence) AS sequence FROM lying GROUP BY stream) AS top
WHERE bus_state.stream = top.stream AND bus_state.last_sequence < top.sequence`;

export class OutboxRepository {
  constructor(private readonly manager: EntityManager) {}

  async desired(hostId: string, vmId: string): Promise<void> {
    await this.append({ kind: 'desired', hostId, vmId });
  }

  /** The VM left this host, which is to let it go. */
  async released(hostId: string, vmId: string): Promise<void> {
    await this.append({ kind: 'released', hostId, vmId });
  }

  async command(hostId: string, vmId: string | null, operationId: string): Promise<void> {
    await this.append({ kind: 'command', hostId, vmId, operationId });
  }

  /** The VM is gone; its desired state is taken off the stream. */
  async purge(hostId: string, vmId: string): Promise<void> {
    await this.append({ kind: 'purge', hostId, vmId });
  }

  async seedMarker(hostId: string, count: number): Promise<void> {
    await this.append({ kind: 'seed-marker', hostId, count });
  }

  async unsent(limit: number): Promise<UnsentRow[]> {
    const rows: Row[] = await this.manager.query(
      'SELECT * FROM outbox WHERE sent_at IS NULL ORDER BY id LIMIT $1',
      [limit],
    );
    return rows.map(rowReader(this.manager, OutboxEntity));
  }

  async hasUnsent(vmId: string): Promise<boolean> {
    return this.manager.existsBy(OutboxEntity, { vmId, sentAt: IsNull() });
  }

  /** Marks rows sent, and notes where on the streams they lie. */
  async markSent(ids: number[], lying: Lying[]): Promise<void> {
    await this.manager.query(MARK_SENT, [ids, JSON.stringify(lying)]);
  }

  /** Sent rows have done their work. */
  async removeSent(olderThanHours: number): Promise<void> {
    await this.manager.query(`DELETE FROM outbox WHERE sent_at < now() - $1::int * interval '1 hour'`, [
      olderThanHours,
    ]);
  }

  private async append(row: OutboxRow): Promise<void> {
    const runner = this.manager.queryRunner;
    if (runner?.isTransactionActive) {
      pendingOf(runner).outbox.push(row);
      return;
    }
    await this.manager.query(INSERT_OUTBOX('$1'), [JSON.stringify([row])]);
    await announce(this.manager, 'outbox', '');
  }
}
