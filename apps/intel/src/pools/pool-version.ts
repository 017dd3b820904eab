import type { PoolView } from '#libs/contracts/http';
import type { Version } from '../http/index.js';
import { findPool } from './find-pool.js';
import { poolView } from './pool-view.js';

export const poolVersion: Version<PoolView> = {
  noun: 'pool',
  read: async (tx, _caller, id) => poolView(await findPool(tx, id)),
  rows: ({ id }) => [{ table: 'pools', id }],
  counts: ({ id, overcommit, watermarkPercent }) => [id, overcommit, watermarkPercent],
};
