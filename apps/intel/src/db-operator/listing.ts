/**
 * One way for every list: what it may be filtered and ordered by is named here, field by field, and nothing else gets
 * into its SQL. A page ends with the sort keys of its last row, so that what is made meanwhile moves nothing.
 *
 * Ids are made in the order of creation, so that by `createdAt` means by id; a list whose ids are not names the column of
 * its time. Each order of each list has an index that begins with the columns of the order, with the project before them
 * where a list is mostly read of one: a page deep in a list costs what the first one costs.
 */
import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import type { Sort } from '#libs/contracts/http';
import { decodeCursor, invalidCursor, type Page, pageOf } from './keyset.js';

/** A part of a WHERE clause; each `?` stands for the next value. */
interface Condition {
  sql: string;
  values: unknown[];
}

/** The columns of one list. */
export interface Listed {
  id: string;
  /** What ids are. */
  idType?: 'uuid' | 'bigint';
  /** When an item was made, where ids do not tell. */
  at?: string;
  name?: string;
  labels?: string;
  /** By the name of the field in the query; each `?` stands for its value. */
  filters: Readonly<Record<string, string>>;
  usual?: Sort;
}

/** What is asked of a list, beside its filters. */
export interface ListWish {
  limit: number;
  cursor?: string;
  sort?: Sort;
  label?: string;
}

export interface Listing {
  conditions: Condition[];
  /** Columns, all in the same direction. */
  order: string[];
  direction: 'ASC' | 'DESC';
  limit: number;
  keysOf(last: Keys): string[];
}

/** What a row is found again by; `at` as `exactTime` gives it. */
interface Keys {
  id: string;
  name?: string;
  at?: string;
}

/** To the microsecond, which a Date cannot tell. */
export const exactTime = (column: string) => `(extract(epoch FROM ${column}) * 1000000)::bigint::text`;
const FROM_EXACT = `('epoch'::timestamptz + ?::bigint * interval '1 microsecond')`;

const WHOLE = /^\d{1,17}$/;
const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** Throws invalid_input for a cursor of another list. */
export function listing(listed: Listed, wish: ListWish): Listing {
  const { id, idType = 'uuid', at, name, labels, filters } = listed;
  const sort = wish.sort ?? listed.usual ?? 'createdAt';
  const direction = sort.startsWith('-') ? 'DESC' : 'ASC';
  const first = name !== undefined && sort.endsWith('name') ? 'name' : at !== undefined ? 'at' : undefined;
  const column = first === 'name' ? name : at;
  const values = wish as unknown as Record<string, unknown>;
  const conditions = Object.entries(filters).flatMap(([field, sql]): Condition[] =>
    values[field] === undefined ? [] : [{ sql, values: Array(marksIn(sql)).fill(values[field]) }],
  );
  if (labels && wish.label) conditions.push(...labelConditions(labels, wish.label));
  if (wish.cursor) {
    const [lastId = '', lastFirst = ''] = decodeCursor(wish.cursor, first ? 2 : 1);
    const idPattern = idType === 'uuid' ? UUID : WHOLE;
    if (!idPattern.test(lastId) || (first === 'at' && !WHOLE.test(lastFirst))) throw invalidCursor();
    const beyond = direction === 'ASC' ? '>' : '<';
    conditions.push(
      first
        ? {
            sql: `(${column}, ${id}) ${beyond} (${first === 'at' ? FROM_EXACT : '?'}, ?::${idType})`,
            values: [lastFirst, lastId],
          }
        : { sql: `${id} ${beyond} ?::${idType}`, values: [lastId] },
    );
  }
  return {
    conditions,
    order: column !== undefined && first ? [column, id] : [id],
    direction,
    limit: wish.limit,
    keysOf: (last) => (first ? [last.id, last[first] ?? ''] : [last.id]),
  };
}

/** `key`: it has the label; `key=value`: with this value; several, comma separated, must all hold. */
function labelConditions(column: string, selector: string): Condition[] {
  return selector.split(',').map((term) => {
    const at = term.indexOf('=');
    if (at < 0) return { sql: `jsonb_exists(${column}, ?)`, values: [term] };
    const pair = JSON.stringify({ [term.slice(0, at)]: term.slice(at + 1) });
    return { sql: `${column} @> ?::jsonb`, values: [pair] };
  });
}

const marksIn = (sql: string) => sql.split('?').length - 1;

/** With the placeholders of a statement. */
function numbered(conditions: Condition[], placeholder: (number: number) => string): string[] {
  let number = 0;
  return conditions.map(({ sql }) => sql.replaceAll('?', () => placeholder(++number)));
}

/** For a statement that is written by hand: its parts, and the values of `$1` and on; the last one is the limit. */
export function positional({ conditions, order, direction, limit }: Listing): {
  tail: string;
  values: unknown[];
} {
  const values = conditions.flatMap((it) => it.values);
  const where = numbered(conditions, (number) => `$${number}`).join(' AND ');
  const by = order.map((column) => `${column} ${direction}`).join(', ');
  const tail = `${where ? `WHERE ${where} ` : ''}ORDER BY ${by} LIMIT $${values.length + 1}`;
  return { tail, values: [...values, limit + 1] };
}

/** The same for a query builder. */
export function narrow<T extends ObjectLiteral>(
  query: SelectQueryBuilder<T>,
  { conditions, order, direction, limit }: Listing,
): SelectQueryBuilder<T> {
  const values = conditions.flatMap((it) => it.values);
  for (const sql of numbered(conditions, (number) => `:listed${number}`)) query.andWhere(sql);
  query.setParameters(Object.fromEntries(values.map((value, at) => [`listed${at + 1}`, value])));
  for (const column of order) query.addOrderBy(column, direction);
  return query.limit(limit + 1);
}

/** The page of rows that were read by it. */
export function listedPage<T>(rows: T[], { limit, keysOf }: Listing, of: (row: T) => Keys): Page<T> {
  return pageOf(rows, limit, (last) => keysOf(of(last)));
}
