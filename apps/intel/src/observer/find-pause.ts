import { VmanError } from '#libs/errors';
import type { RepairPauseRow, Tx } from '../db-operator/index.js';
import type { Caller } from '../http/index.js';

const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** One that is over, or of a foreign project, is like one that never was. */
export async function findPause(tx: Tx, caller: Caller, id: string): Promise<RepairPauseRow> {
  const row = UUID.test(id) ? await tx.repairPauses.get(id) : undefined;
  const foreign = row?.project != null && caller.project !== null && row.project !== caller.project;
  if (!row || foreign) throw new VmanError('not_found', 'There is no such pause of repairs.');
  return row;
}
