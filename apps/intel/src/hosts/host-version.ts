import type { HostView } from '#libs/contracts/http';
import type { Version } from '../http/index.js';
import { findHost } from './find-host.js';
import { hostView } from './host-view.js';

/** What people said of it; not what its agent tells every second. */
export const hostVersion: Version<HostView> = {
  noun: 'host',
  read: async (tx, _caller, id) => hostView(await findHost(tx, id)),
  rows: ({ id }) => [{ table: 'hosts', id }],
  counts: ({ id, labels, cpuOvercommit, memoryOvercommit, upkeep, refused }) => {
    return { id, labels, cpuOvercommit, memoryOvercommit, upkeep, refused };
  },
};
