import type { NetworkView } from '#libs/contracts/http';
import type { Version } from '../http/index.js';
import { findNetwork } from './find-network.js';
import { networkView } from './network-view.js';

export const networkVersion: Version<NetworkView> = {
  noun: 'network',
  read: async (tx, caller, id) => networkView(await findNetwork(tx, caller, id)),
  rows: ({ id }) => [{ table: 'networks', id }],
  counts: (network) => network,
};
