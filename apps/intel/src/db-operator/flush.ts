import type { EntityManager } from 'typeorm';
import { CHANNEL, type Pending, payloadsOf } from './notify.js';
import { INSERT_AUDIT } from './repositories/audit.repository.js';
import { INSERT_FACTS } from './repositories/fact.repository.js';
import { INSERT_OUTBOX } from './repositories/outbox.repository.js';

/** Writes all that a transaction has gathered, in one statement. */
export async function flush(manager: EntityManager, pending: Pending): Promise<void> {
  const { outbox, audit, facts } = pending;
  if (outbox.length > 0) pending.changes.push({ kind: 'outbox', id: '' });
  if (facts.length > 0) pending.changes.push({ kind: 'fact', id: '' });
  if (pending.changes.length + audit.length === 0) return;
  const json = (rows: object[]) => JSON.stringify(rows);
  await manager.query(
    `WITH o AS (${INSERT_OUTBOX('$1')}), a AS (${INSERT_AUDIT('$2')}), f AS (${INSERT_FACTS('$3')})
     SELECT pg_notify($4, payload) FROM unnest($5::text[]) AS payload`,
    [json(outbox), json(audit), json(facts), CHANNEL, payloadsOf(pending.changes)],
  );
}
