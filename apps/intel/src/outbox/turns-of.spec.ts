import { describe, expect, it } from '@jest/globals';
import type { UnsentRow } from '../db-operator/index.js';
import { turnsOf } from './turns-of.js';

const row = (id: number, kind: UnsentRow['kind'], vmId: string | null): UnsentRow => ({
  id,
  kind,
  vmId,
  hostId: 'h',
  operationId: null,
  count: null,
});

const idsOf = (rows: UnsentRow[]) =>
  turnsOf(rows).map((turn) => turn.map((group) => group.map((it) => it.id)));

describe('the rows of the outbox', () => {
  it('go side by side by VM, and those of one VM in their order', () => {
    const rows = [
      row(1, 'desired', 'a'),
      row(2, 'desired', 'b'),
      row(3, 'command', 'a'),
      row(4, 'purge', 'a'),
    ];
    expect(idsOf(rows)).toEqual([[[1, 3, 4], [2]]]);
  });

  it('put a seed marker after all before it and before all behind it', () => {
    const rows = [row(1, 'desired', 'a'), row(2, 'seed-marker', null), row(3, 'desired', 'a')];
    expect(idsOf(rows)).toEqual([[[1]], [[2]], [[3]]]);
  });

  it('of no VM stand alone', () => {
    expect(idsOf([row(1, 'command', null), row(2, 'command', null)])).toEqual([[[1], [2]]]);
    expect(turnsOf([])).toEqual([]);
  });
});
