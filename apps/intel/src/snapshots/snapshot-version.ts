import type { SnapshotView } from '#libs/contracts/http';
import type { Version } from '../http/index.js';
import { findSnapshot } from './find-snapshot.js';
import { snapshotView } from './snapshot-view.js';

export const snapshotVersion: Version<SnapshotView> = {
  noun: 'snapshot',
  read: async (tx, caller, id) => snapshotView(await findSnapshot(tx, caller, id)),
  rows: ({ id, vm }) => [
    { table: 'vms', id: vm.id },
    { table: 'snapshots', id },
  ],
  counts: ({ updatedAt, ...snapshot }) => snapshot,
};
