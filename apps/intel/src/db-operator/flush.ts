import { QueryFailedError } from 'typeorm';
import { CHANNEL, type Pending, payloadsOf } from './notify.js';
import { INSERT_AUDIT } from './repositories/audit.repository.js';
import { INSERT_FACTS } from './repositories/fact.repository.js';
import { INSERT_OUTBOX } from './repositories/outbox.repository.js';

/** That of the transaction itself, so that the statement is on its way before the call returns. */
export interface Connection {
  query(text: string, values?: unknown[]): Promise<{ rows: { outbox_ids: string[] }[] }>;
}

/** Writes all that a transaction has gathered, in one statement; gives the ids of the outbox's rows, in their order. */
export async function flush(connection: Connection, pending: Pending): Promise<number[]> {
  const { outbox, audit, facts } = pending;
  if (outbox.length > 0) pending.changes.push({ kind: 'outbox', id: '' });
  if (facts.length > 0) pending.changes.push({ kind: 'fact', id: '' });
  if (pending.changes.length + audit.length === 0) return [];
  const json = (rows: object[]) => JSON.stringify(rows);
  const text = `WITH o AS (${INSERT_OUTBOX('$1')} RETURNING id), a AS (${INSERT_AUDIT('$2')}), f AS (${INSERT_FACTS('$3')})
     SELECT pg_notify($4, payload), ARRAY(SELECT id FROM o ORDER BY id) AS outbox_ids FROM unnest($5::text[]) AS payload`;
  const values = [json(outbox), json(audit), json(facts), CHANNEL, payloadsOf(pending.changes)];
  const { rows } = await send(connection, text, values);
  return (rows[0]?.outbox_ids ?? []).map(Number);
}

/** Behind the last statement, in its packet: should that fail, this becomes a rollback. */
export async function endTransaction(connection: Connection): Promise<void> {
  await send(connection, 'COMMIT');
}

async function send(connection: Connection, text: string, values?: unknown[]) {
  try {
    return await connection.query(text, values);
  } catch (error) {
    throw new QueryFailedError(text, [], error as Error);
  }
}
