import type { EntityManager } from 'typeorm';
import type { AuditOutcome, AuthMethod, ResourceKind } from '#libs/contracts/http';
import type { Page } from '../keyset.js';
import { likeOf } from '../like-of.js';
import { type Listed, type ListWish, listedPage, listing, positional } from '../listing.js';
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
FROM audit a LEFT JOIN operations o ON o.id = a.operation_id`;

const LISTED: Listed = {
  id: 'a.id',
  idType: 'bigint',
  filters: {
    within: 'a.project = ?',
    project: 'a.project = ?',
    actor: 'a.actor = ?',
    actorId: 'a.token_id = ?',
    verb: 'a.verb LIKE ?',
    resourceKind: 'a.resource_kind = ?',
    resource: 'a.resource_id = ?',
    outcome: `(${OUTCOME}) = ?`,
    since: 'a.at >= ?::timestamptz',
    until: 'a.at < ?::timestamptz',
  },
  usual: '-createdAt',
};

/** Who changed what; written in the transaction of the change. */
export class AuditRepository {
  constructor(private readonly manager: EntityManager) {}

  async append(row: AuditRow): Promise<void> {
    const runner = this.manager.queryRunner;
    if (runner?.isTransactionActive) pendingOf(runner).audit.push(row);
    else await this.manager.query(INSERT_AUDIT('$1'), [JSON.stringify([row])]);
  }

  /** `verb` may be a glob. */
  async page(wish: ListWish & { verb?: string }): Promise<Page<ListedAudit>> {
    const { verb } = wish;
    const list = listing(LISTED, verb === undefined ? wish : { ...wish, verb: likeOf(verb) });
    const { tail, values } = positional(list);
    const rows: ListedAudit[] = await this.manager.query(`${LIST} ${tail}`, values);
    return listedPage(rows, list, ({ id }) => ({ id: String(id) }));
  }

  async removeOlder(days: number): Promise<void> {
    await this.manager.query(`DELETE FROM audit WHERE at < now() - $1::int * interval '1 day'`, [days]);
  }
}
