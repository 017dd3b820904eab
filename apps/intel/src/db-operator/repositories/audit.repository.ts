import type { EntityManager } from 'typeorm';
import { pendingOf } from '../notify.js';
import type { AuditRow } from '../told-rows.js';

/** From a JSON list of rows. */
export const INSERT_AUDIT = (at: string) => `
  INSERT INTO audit (actor, token_id, address, verb, resource_kind, resource_id, operation_id, request_id)
  SELECT actor, "tokenId", address, verb, "resourceKind", "resourceId", "operationId", "requestId"
  FROM jsonb_to_recordset(${at}::jsonb) AS a (actor text, "tokenId" uuid, address text, verb text,
    "resourceKind" text, "resourceId" uuid, "operationId" uuid, "requestId" text)`;

/** Who changed what; written in the transaction of the change. */
export class AuditRepository {
  constructor(private readonly manager: EntityManager) {}

  async append(row: AuditRow): Promise<void> {
    const runner = this.manager.queryRunner;
    if (runner?.isTransactionActive) pendingOf(runner).audit.push(row);
    else await this.manager.query(INSERT_AUDIT('$1'), [JSON.stringify([row])]);
  }
}
