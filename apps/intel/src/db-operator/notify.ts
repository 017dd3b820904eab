/**
 * What a transaction leaves to others: announcements, which wake those who wait and carry no data, so that a lost
 * one costs time and nothing else; and rows that no one reads within it, such as those of the outbox, the audit and the
 * feed. They are gathered while the transaction works and written by its last statement, since each statement is a
 * round trip.
 */
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import type { AuditRow, EndedOperation, NewFact, OutboxRow } from './told-rows.js';

export const CHANNEL = 'vman_changed';
export type ChangedKind = 'operation' | 'vm' | 'outbox' | 'fact' | 'feed' | 'answer';

export interface Change {
  kind: string;
  id: string;
}

export interface Pending {
  changes: Change[];
  facts: NewFact[];
  outbox: OutboxRow[];
  audit: AuditRow[];
  ended: EndedOperation[];
}

/** Heard once the transaction has committed: here at once, in the other replicas by NOTIFY. */
export async function announce(manager: EntityManager, kind: ChangedKind, id: string): Promise<void> {
  const runner = manager.queryRunner;
  if (runner?.isTransactionActive) pendingOf(runner).changes.push({ kind, id });
  else await notify(manager, [{ kind, id }]);
}

/** What the transaction of this runner has to tell. */
export function pendingOf(runner: QueryRunner): Pending {
  const data: { pending?: Pending } = runner.data;
  data.pending ??= { changes: [], facts: [], outbox: [], audit: [], ended: [] };
  return data.pending;
}

const local = new WeakMap<DataSource, (change: Change) => void>();

/** Who hears in this process what is announced through this source; its own notifications are not heard again. */
export function hearLocally(source: DataSource, hear: (change: Change) => void): void {
  local.set(source, hear);
}

/** In this process; for what a statement of its own announces to the others. */
export function tellHere(manager: EntityManager, change: Change): void {
  local.get(manager.dataSource)?.(change);
}

async function notify(manager: EntityManager, changes: Change[]): Promise<void> {
  await manager.query('SELECT pg_notify($1, payload) FROM unnest($2::text[]) AS payload', [
    CHANNEL,
    payloadsOf(changes),
  ]);
  for (const change of changes) tellHere(manager, change);
}

/** Once each, as they travel. */
export const payloadsOf = (changes: Change[]) => [...new Set(changes.map(({ kind, id }) => `${kind}:${id}`))];
