import { type EntityManager, IsNull } from 'typeorm';
import { OutboxEntity } from '../entities/index.js';
import { announce, pendingOf } from '../notify.js';
import type { OutboxRow } from '../told-rows.js';

/** From a JSON list of rows. */
export const INSERT_OUTBOX = (at: string) => `
  INSERT INTO outbox (kind, host_id, vm_id, operation_id, count)
  SELECT kind, "hostId", "vmId", "operationId", count
  FROM jsonb_to_recordset(${at}::jsonb) AS o (kind text, "hostId" uuid, "vmId" uuid, "operationId" uuid,
    count bigint)`;

export class OutboxRepository {
  constructor(private readonly manager: EntityManager) {}

  async desired(hostId: string, vmId: string): Promise<void> {
    await this.append({ kind: 'desired', hostId, vmId });
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

  async unsent(limit: number): Promise<OutboxEntity[]> {
    return this.manager.find(OutboxEntity, {
      where: { sentAt: IsNull() },
      order: { id: 'ASC' },
      take: limit,
    });
  }

  async hasUnsent(vmId: string): Promise<boolean> {
    return this.manager.existsBy(OutboxEntity, { vmId, sentAt: IsNull() });
  }

  /** Marks rows sent; the database's own reader of the rows decides which. */
  async markSent(ids: number[]): Promise<void> {
    await this.manager.query('UPDATE outbox SET sent_at = now() WHERE id = ANY($1::bigint[])', [ids]);
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
