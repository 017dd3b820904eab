/**
 * What the replicas of intel tell each other after a commit. It wakes those who wait and carries no data, so a lost
 * one costs time and nothing else.
 */
import type { EntityManager, QueryRunner } from 'typeorm';

export const CHANNEL = 'vman_changed';
export type ChangedKind = 'operation' | 'vm' | 'outbox';

export interface Change {
  kind: string;
  id: string;
}

/** Heard once the transaction has committed: here at once, in the other replicas by NOTIFY. */
export async function announce(manager: EntityManager, kind: ChangedKind, id: string): Promise<void> {
  await manager.query('SELECT pg_notify($1, $2)', [CHANNEL, `${kind}:${id}`]);
  if (manager.queryRunner) announcedBy(manager.queryRunner).push({ kind, id });
}

/** What the transaction of this runner has announced. */
export function announcedBy(runner: QueryRunner): Change[] {
  const data: { announced?: Change[] } = runner.data;
  data.announced ??= [];
  return data.announced;
}
