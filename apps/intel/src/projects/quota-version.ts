import type { QuotaView } from '#libs/contracts/http';
import type { Version } from '../http/index.js';
import { findProject } from './find-project.js';
import { quotaView } from './quota-view.js';

/** Of the limits alone: what is used of them is no change of the quota. */
export const quotaVersion: Version<QuotaView> = {
  noun: 'quota',
  read: async (tx, caller, id) => quotaView(await findProject(tx, caller, id)),
  rows: ({ id }) => [{ table: 'projects', id }],
  counts: ({ generation }) => generation,
};
