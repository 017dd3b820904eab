import { rm } from 'node:fs/promises';
import type { CommandHandler } from '../commands/command-handler.js';
import { removeDurably } from '../storage/json-file.js';

/** Destroys a disk that no machine has. Gone already: nothing to do. */
export const removeDisk: CommandHandler<'removeDisk'> = {
  runs: 'beside',
  key: ({ diskId }) => `disk ${diskId}`,
  async carryOut({ diskId, poolId }, { host }) {
    await host.pools.mustBeThere(poolId);
    host.pools.mustBeUnheld(diskId);
    await rm(host.pools.unfinishedDiskPath(poolId, diskId), { force: true });
    await removeDurably(host.pools.diskPath(poolId, diskId));
    return undefined;
  },
};
