import type { CommandHandler } from '../commands/command-handler.js';
import { destroyAside } from './quarantine.js';

/** Destroys the file of a disk that was put aside; one in its place is never touched. */
export const purgeDisk: CommandHandler<'purgeDisk'> = {
  runs: 'beside',
  key: ({ diskId }) => `disk ${diskId}`,
  async carryOut({ diskId, poolId }, { host }) {
    await host.pools.mustBeThere(poolId);
    await destroyAside(host.pools, poolId, diskId);
    return undefined;
  },
};
