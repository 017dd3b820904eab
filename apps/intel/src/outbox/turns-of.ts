import type { UnsentRow } from '../db-operator/index.js';

/**
 * In which order rows are published: turns one after the other, the groups of a turn side by side, the rows of a group
 * one after the other. A group is one VM's; a marker says that all before it was told, so it is a turn of its own.
 */
export function turnsOf(rows: UnsentRow[]): UnsentRow[][][] {
  const turns: Map<string, UnsentRow[]>[] = [new Map()];
  for (const row of rows) {
    const alone = row.kind === 'seed-marker';
    if (alone) turns.push(new Map());
    const turn = turns.at(-1);
    const key = row.vmId ?? row.operationId ?? String(row.id);
    turn?.set(key, [...(turn.get(key) ?? []), row]);
    if (alone) turns.push(new Map());
  }
  return turns.filter((it) => it.size > 0).map((it) => [...it.values()]);
}
