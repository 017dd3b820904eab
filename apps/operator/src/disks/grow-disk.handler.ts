import { VmanError } from '#libs/errors';
import { growQcow2 } from '#libs/qemu';
import type { CommandHandler } from '../commands/command-handler.js';
import { exists } from '../steps/fetch-image.step.js';

const RESIZE_MS = 60_000;

/** Makes a disk larger that no machine has open. As large already: nothing to do. */
export const growDisk: CommandHandler<'growDisk'> = {
  runs: 'beside',
  key: ({ diskId }) => `disk ${diskId}`,
  async carryOut({ diskId, poolId, sizeBytes }, { host }) {
    await host.pools.mustBeThere(poolId);
    const path = host.pools.diskPath(poolId, diskId);
    if (!(await exists(path))) {
      throw new VmanError('disk_missing', `The file of disk ${diskId} is not in its pool any more.`);
    }
    await growQcow2(path, sizeBytes, { timeoutMs: RESIZE_MS });
    return undefined;
  },
};
