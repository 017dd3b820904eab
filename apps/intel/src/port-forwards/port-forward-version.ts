import type { ListedPortForwardView } from '#libs/contracts/http';
import type { Version } from '../http/index.js';
import { findPortForward } from './find-port-forward.js';
import { portForwardView } from './port-forward-view.js';

/** It is changed as a part of its VM. */
export const portForwardVersion: Version<ListedPortForwardView> = {
  noun: 'portForward',
  read: async (tx, caller, id) => portForwardView(await findPortForward(tx, caller, id)),
  rows: ({ vm }) => [{ table: 'vms', id: vm.id }],
  counts: (forward) => forward,
};
