import type { DiskResourceView } from '#libs/contracts/http';
import type { Version } from '../http/index.js';
import { diskView } from './disk-view.js';
import { findDisk } from './find-disk.js';

export const diskVersion: Version<DiskResourceView> = {
  noun: 'disk',
  read: async (tx, caller, id) => diskView(await findDisk(tx, caller, id)),
  rows: ({ id, vm }) => [...(vm ? [{ table: 'vms', id: vm.id } as const] : []), { table: 'disks', id }],
  counts: ({ updatedAt, ...disk }) => disk,
};
