import { VmanError } from '#libs/errors';
import type { CommandHandler } from '../commands/command-handler.js';
import { exists } from '../steps/fetch-image.step.js';
import { takeBack } from './quarantine.js';

/** Gives a disk that was put aside its place again. Throws `disk_missing` when it is nowhere. */
export const returnDisk: CommandHandler<'returnDisk'> = {
  runs: 'beside',
  key: ({ diskId }) => `disk ${diskId}`,
  async carryOut({ diskId, poolId }, { host: { pools } }) {
    await pools.mustBeThere(poolId);
    if (await exists(pools.diskPath(poolId, diskId))) return undefined;
    if (await takeBack(pools, poolId, diskId)) return undefined;
    throw new VmanError('disk_missing', `The file of disk ${diskId} is not on its host any more.`);
  },
};
