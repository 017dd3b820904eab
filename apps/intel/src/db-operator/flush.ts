import { QueryFailedError } from 'typeorm';
import { CHANNEL, type Pending, payloadsOf } from './notify.js';
import { INSERT_AUDIT } from './repositories/audit.repository.js';
import { INSERT_FACTS } from './repositories/fact.repository.js';
import { INSERT_OUTBOX } from './repositories/outbox.repository.js';

/** That of the transaction itself, so that the statement is on its way before the call returns. */
export interface Connection {
  query(text: string, values: unknown[]): Promise<unknown>;
}

/** Writes all that a transaction has gathered, in one statement. */
export async function flush(connection: Connection, pending: Pending): Promise<void> {
  const { outbox, audit, facts } = pending;
  if (outbox.length > 0) pending.changes.push({ kind: 'outbox', id: '' });
  if (facts.length > 0) pending.changes.push({ kind: 'fact', id: '' });
  if (pending.changes.length + audit.length === 0) return;
  const json = (rows: object[]) => JSON.stringify(rows);
  const text = `WITH o AS (${INSERT_OUTBOX('$1')}), a AS (${INSERT_AUDIT('$2')}), f AS (${INSERT_FACTS('$3')})
     SELECT pg_notify($4, payload) FROM unnest($5::text[]) AS payload`;
  const values = [json(outbox), json(audit), json(facts), CHANNEL, payloadsOf(pending.changes)];
  try {
    await connection.query(text, values);
  } catch (error) {
    throw new QueryFailedError(text, [], error as Error);
  }
}
