import { VmanError } from '#libs/errors';
import type { StrayDiskRow, Tx } from '../db-operator/index.js';

/** Held against other changes until the transaction ends. Refuses one that its host is at work on. */
export async function lockStray(tx: Tx, diskId: string): Promise<StrayDiskRow> {
  const stray = await tx.strayDisks.lock(diskId);
  if (!stray) throw new VmanError('not_found', 'There is no such stray disk.');
  if (stray.busy) {
    throw new VmanError('invalid_state', 'Its host is at work on it.', {
      hint: 'Wait for the operation to end, then look again.',
    });
  }
  return stray;
}
