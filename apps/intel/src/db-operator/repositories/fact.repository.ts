/**
 * Facts: what happened, for the feed of events. A fact gets its number only after its transaction has committed, by
 * one numberer at a time: a number given earlier could appear behind a reader who has read past it.
 */
import type { EntityManager } from 'typeorm';
import type { Origin } from '#libs/contracts';
import type { ResourceKind } from '#libs/contracts/http';
import type { Page } from '../keyset.js';
import { likeOf } from '../like-of.js';
import { type Listed, type ListWish, listedPage, listing, positional } from '../listing.js';
import { announce, CHANNEL, pendingOf, tellHere } from '../notify.js';
import type { NewFact } from '../told-rows.js';

export interface Fact extends Required<NewFact> {
  number: number;
  at: Date;
}

export interface FactFilter {
  project?: string;
  /** The only project that the caller sees. */
  within?: string;
  resourceKind?: string;
  resourceId?: string;
  /** Globs of the type: `vm.*`. */
  type?: string;
  since?: string;
  until?: string;
}

const LISTED: Listed = {
  id: 'f.number',
  idType: 'bigint',
  filters: {
    within: 'f.project = ?',
    project: 'f.project = ?',
    resourceKind: 'f.resource_kind = ?',
    resourceId: 'f.resource_id = ?',
    type: 'f.type LIKE ?',
    since: 'f.at >= ?::timestamptz',
    until: 'f.at < ?::timestamptz',
    after: 'f.number > ?',
  },
  usual: '-createdAt',
};

interface FactRow {
  number: string;
  at: Date;
  type: string;
  project: string | null;
  resource_kind: ResourceKind;
  resource_id: string;
  resource_name: string;
  generation: string | null;
  old: string;
  new: string;
  cause: Origin;
  operation_id: string | null;
  request_id: string;
}

/** From a JSON list of facts. */
export const INSERT_FACTS = (at: string) => `
  INSERT INTO facts (type, project, resource_kind, resource_id, resource_name, generation, old, new, cause,
                     operation_id, request_id)
  SELECT type, project, "resourceKind", "resourceId", "resourceName", generation, coalesce(old, ''),
         coalesce(new, ''), cause, "operationId", "requestId"
  FROM jsonb_to_recordset(${at}::jsonb) AS f (type text, project text, "resourceKind" text, "resourceId" uuid,
    "resourceName" text, generation bigint, old text, new text, cause text, "operationId" uuid, "requestId" text)`;

export class FactRepository {
  constructor(private readonly manager: EntityManager) {}

  /** Told with the commit of the transaction. */
  async tell(fact: NewFact): Promise<void> {
    const runner = this.manager.queryRunner;
    if (runner?.isTransactionActive) {
      pendingOf(runner).facts.push(fact);
      return;
    }
    await this.manager.query(INSERT_FACTS('$1'), [JSON.stringify([fact])]);
    await announce(this.manager, 'fact', '');
  }

  /** Numbers what has committed since, and announces it. Only under the lock of the numberer. */
  async number(): Promise<void> {
    const rows: unknown[] = await this.manager.query(
      `WITH fresh AS (
         SELECT id, nextval('fact_numbers') AS number
         FROM (SELECT id FROM facts WHERE number IS NULL ORDER BY id) AS ordered),
       numbered AS (
         UPDATE facts SET number = fresh.number FROM fresh WHERE facts.id = fresh.id RETURNING facts.id)
       SELECT pg_notify($1, 'feed:') FROM numbered LIMIT 1`,
      [CHANNEL],
    );
    if (rows.length > 0) tellHere(this.manager, { kind: 'feed', id: '' });
  }

  /** The numbers of the oldest and the newest that are kept; 0 when there are none. */
  async range(): Promise<{ oldest: number; newest: number }> {
    const rows: { oldest: string | null; newest: string | null }[] = await this.manager.query(
      'SELECT min(number) AS oldest, max(number) AS newest FROM facts',
    );
    return { oldest: Number(rows[0]?.oldest ?? 0), newest: Number(rows[0]?.newest ?? 0) };
  }

  /** Those with a higher number, oldest first. */
  async after(number: number, limit: number, filter: FactFilter = {}): Promise<Fact[]> {
    const wish = { ...filter, after: number, limit, sort: 'createdAt' } as const;
    return (await this.page(wish)).items;
  }

  async page(wish: FactFilter & ListWish): Promise<Page<Fact>> {
    const { type } = wish;
    const list = listing(LISTED, type === undefined ? wish : { ...wish, type: likeOf(type) });
    const { tail, values } = positional(list);
    const rows: FactRow[] = await this.manager.query(
      `SELECT * FROM (SELECT * FROM facts WHERE number IS NOT NULL) AS f ${tail}`,
      values,
    );
    return listedPage(rows.map(factOf), list, ({ number }) => ({ id: String(number) }));
  }

  async removeOlder(days: number): Promise<void> {
    await this.manager.query(`DELETE FROM facts WHERE at < now() - $1::int * interval '1 day'`, [days]);
  }
}

function factOf(row: FactRow): Fact {
  return {
    number: Number(row.number),
    at: row.at,
    type: row.type,
    project: row.project,
    resourceKind: row.resource_kind,
    resourceId: row.resource_id,
    resourceName: row.resource_name,
    generation: row.generation === null ? null : Number(row.generation),
    old: row.old,
    new: row.new,
    cause: row.cause,
    operationId: row.operation_id,
    requestId: row.request_id,
  };
}
