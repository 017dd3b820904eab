import type { CommandHandler } from '../commands/command-handler.js';
import { putAside } from './quarantine.js';

/** Puts the file of a disk that nobody knows aside, unless a machine of this host has it. */
export const quarantineDisk: CommandHandler<'quarantineDisk'> = {
  runs: 'beside',
  key: ({ diskId }) => `disk ${diskId}`,
  async carryOut({ diskId, poolId }, { host }) {
    await host.pools.mustBeThere(poolId);
    host.pools.mustBeUnheld(diskId);
    await putAside(host.pools, poolId, diskId, host.clock.now());
    return undefined;
  },
};
