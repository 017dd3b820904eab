import { VmanError } from '#libs/errors';
import { takeBack } from '../disks/quarantine.js';
import { diskFile } from './disk-file.js';
import { exists } from './fetch-image.step.js';
import type { StepContext } from './step-handler.js';

/**
 * A disk that was made here and has no file any more: a person must say what became of it. Throws `disk_missing`, or
 * `pool_unavailable` while nobody can know.
 */
export async function checkDisk(context: StepContext, diskId: string): Promise<void> {
  if (await exists(diskFile(context, diskId))) return;
  // Put aside while nobody knew it, as when the database had been put back to an older state.
  const { poolId } = context.desired.disks.find((it) => it.diskId === diskId) ?? {};
  if (await takeBack(context.host.pools, poolId, diskId)) return;
  throw new VmanError('disk_missing', `The file of disk ${diskId} is not on its host any more.`);
}
