import { VmanError } from '#libs/errors';
import type { StrayDiskRow, Tx } from '../db-operator/index.js';

const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

export async function findStray(tx: Tx, diskId: string): Promise<StrayDiskRow> {
  const stray = UUID.test(diskId) ? await tx.strayDisks.get(diskId) : undefined;
  if (!stray) throw noSuchStray();
  return stray;
}

/** Held against other changes until the transaction ends. Refuses one that its host is at work on. */
export async function lockStray(tx: Tx, diskId: string): Promise<StrayDiskRow> {
  const stray = await tx.strayDisks.lock(diskId);
  if (!stray) throw noSuchStray();
  if (stray.busy) {
    throw new VmanError('invalid_state', 'Its host is at work on it.', {
      hint: 'Wait for the operation to end, then look again.',
    });
  }
  return stray;
}

const noSuchStray = () => new VmanError('not_found', 'There is no such stray disk.');
