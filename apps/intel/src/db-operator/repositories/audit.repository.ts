import type { EntityManager } from 'typeorm';
import type { ResourceKind } from '#libs/contracts/http';

export interface AuditRow {
  actor: string;
  tokenId: string | null;
  address: string;
  verb: string;
  resourceKind: ResourceKind;
  resourceId: string;
  operationId: string | null;
  requestId: string;
}

/** Who changed what; written in the transaction of the change. */
export class AuditRepository {
  constructor(private readonly manager: EntityManager) {}

  async append(row: AuditRow): Promise<void> {
    await this.manager.query(
      `INSERT INTO audit (actor, token_id, address, verb, resource_kind, resource_id, operation_id, request_id)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [
        row.actor,
        row.tokenId,
        row.address,
        row.verb,
        row.resourceKind,
        row.resourceId,
        row.operationId,
        row.requestId,
      ],
    );
  }
}
