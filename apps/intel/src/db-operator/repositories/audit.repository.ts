import type { EntityManager } from 'typeorm';
import type { AuditOutcome, AuthMethod, ResourceKind } from '#libs/contracts/http';
import { decodeCursor, type Page, pageOf } from '../keyset.js';
import { likeOf } from '../like-of.js';
import { pendingOf } from '../notify.js';
import type { AuditRow } from '../told-rows.js';

/** From a JSON list of rows. */
export const INSERT_AUDIT = (at: string) => `
  INSERT INTO audit (actor, token_id, auth, address, project, verb, resource_kind, resource_id, operation_id,
    request_id, refused_code)
  SELECT actor, "tokenId", auth, address, project, verb, "resourceKind", "resourceId", "operationId", "requestId",
    "refusedCode"
  FROM jsonb_to_recordset(${at}::jsonb) AS a (actor text, "tokenId" uuid, auth text, address text, project text,
    verb text, "resourceKind" text, "resourceId" uuid, "operationId" uuid, "requestId" text, "refusedCode" text)`;

export interface AuditFilter {
  actor?: string;
  actorId?: string;
  verb?: string;
  resourceKind?: string;
  resource?: string;
  project?: string;
  /** The only project that the caller sees. */
  within?: string;
  outcome?: AuditOutcome;
  since?: string;
  until?: string;
}

/** A row with how it ended. */
export interface ListedAudit {
  id: string;
  at: Date;
  actor: string;
  auth: AuthMethod;
  tokenId: string | null;
  address: string;
  project: string | null;
  verb: string;
  resourceKind: ResourceKind | null;
  resourceId: string | null;
  operationId: string | null;
  requestId: string;
  outcome: AuditOutcome;
  code: string | null;
}

/** What has no operation, or one that is no longer kept, was done with its transaction. */
const OUTCOME = `
CASE
  WHEN a.refused_code IS NOT NULL THEN 'refused'
  WHEN o.status IS NULL THEN 'succeeded'
  WHEN o.status IN ('queued', 'running') THEN 'pending'
  ELSE o.status
END`;

const LIST = `
SELECT a.id, a.at, a.actor, a.auth, a.token_id AS "tokenId", a.address, a.project, a.verb,
  a.resource_kind AS "resourceKind", a.resource_id AS "resourceId", a.operation_id AS "operationId",
  a.request_id AS "requestId", ${OUTCOME} AS outcome, coalesce(a.refused_code, o.error_code) AS code
FROM audit a LEFT JOIN operations o ON o.id = a.operation_id
WHERE ($1::bigint IS NULL OR a.id < $1) AND ($2::text IS NULL OR a.actor = $2)
  AND ($3::uuid IS NULL OR a.token_id = $3) AND ($4::text IS NULL OR a.verb LIKE $4)
  AND ($5::text IS NULL OR a.resource_kind = $5) AND ($6::uuid IS NULL OR a.resource_id = $6)
  AND ($7::text IS NULL OR a.project = $7) AND ($8::text IS NULL OR (${OUTCOME}) = $8)
  AND ($9::timestamptz IS NULL OR a.at >= $9) AND ($10::timestamptz IS NULL OR a.at < $10)
  AND ($12::text IS NULL OR a.project = $12)
ORDER BY a.id DESC LIMIT $11`;

/** Who changed what; written in the transaction of the change. */
export class AuditRepository {
  constructor(private readonly manager: EntityManager) {}

  async append(row: AuditRow): Promise<void> {
    const runner = this.manager.queryRunner;
    if (runner?.isTransactionActive) pendingOf(runner).audit.push(row);
    else await this.manager.query(INSERT_AUDIT('$1'), [JSON.stringify([row])]);
  }

  /** Newest first. */
  async page(filter: AuditFilter & { limit: number; cursor?: string }): Promise<Page<ListedAudit>> {
    const before = filter.cursor ? idOf(decodeCursor(filter.cursor, 1)[0]) : null;
    const { actor, actorId, verb, resourceKind, resource, project, outcome, since, until, limit } = filter;
    const like = verb === undefined ? undefined : likeOf(verb);
    const values = [actor, actorId, like, resourceKind, resource, project, outcome, since, until];
    const rows: ListedAudit[] = await this.manager.query(LIST, [
      before,
      ...values.map((it) => it ?? null),
      limit + 1,
      filter.within ?? null,
    ]);
    return pageOf(rows, limit, (last) => [String(last.id)]);
  }

  async removeOlder(days: number): Promise<void> {
    await this.manager.query(`DELETE FROM audit WHERE at < now() - $1::int * interval '1 day'`, [days]);
  }
}

const idOf = (text: string | undefined): string => (/^\d{1,18}$/.test(text ?? '') ? (text ?? '0') : '0');
