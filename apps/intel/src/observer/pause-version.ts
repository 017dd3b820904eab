import type { RepairPauseView } from '#libs/contracts/http';
import type { Version } from '../http/index.js';
import { findPause } from './find-pause.js';
import { pauseView } from './pause-view.js';

export const pauseVersion: Version<RepairPauseView> = {
  noun: 'repairPause',
  read: async (tx, caller, id) => pauseView(await findPause(tx, caller, id)),
  rows: ({ id }) => [{ table: 'repair_pauses', id }],
  counts: (pause) => pause,
};
