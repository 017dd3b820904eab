import type { StrayDiskView } from '#libs/contracts/http';
import type { Version } from '../http/index.js';
import { findStray } from './find-stray.js';
import { strayDiskView } from './stray-disk-view.js';

export const strayDiskVersion: Version<StrayDiskView> = {
  noun: 'strayDisk',
  // When it is destroyed by itself follows from what counts already.
  read: async (tx, _caller, id) => strayDiskView(await findStray(tx, id), 0),
  rows: ({ id }) => [{ table: 'stray_disks', id }],
  counts: ({ id, state, pool, quarantinedAt, operationId }) => [
    id,
    state,
    pool.id,
    quarantinedAt,
    operationId,
  ],
};
