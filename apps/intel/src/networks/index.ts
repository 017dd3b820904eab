export { findNetwork, networkOf } from './find-network.js';
export { networkPools } from './network-pools.js';
