import type { Disk } from '#libs/contracts';
import { VmanError } from '#libs/errors';
import { writeOverlay } from '#libs/qemu';
import { restoreDisk } from '../backups/restore-disk.js';
import { copyOrigin } from '../snapshots/copy-origin.js';
import { exists } from './fetch-image.step.js';
import type { StepContext } from './step-handler.js';

/** Writes the first content of a disk into a new file, durably. */
export async function fillDisk(
  { host, signal, wait }: Pick<StepContext, 'host' | 'signal' | 'wait'>,
  disk: Disk,
  path: string,
): Promise<void> {
  const from = disk.origin?.from;
  switch (from?.$case) {
    case 'backup':
      return wait(() => restoreDisk(host, from.value, { path, sizeBytes: disk.sizeBytes }, signal));
    case 'snapshot':
    case 'copy':
      return wait(() => copyOrigin(host, from.value, { path, sizeBytes: disk.sizeBytes }, signal));
    case undefined:
      break;
  }
  const base = disk.image && {
    backingFile: host.paths.image(disk.image.digest),
    backingFormat: disk.image.format,
  };
  if (base && !(await exists(base.backingFile))) {
    throw new VmanError('image_missing', `The image of disk ${disk.diskId} is not on this host.`);
  }
  await writeOverlay({
    path,
    sizeBytes: Math.max(disk.sizeBytes, disk.image?.virtualBytes ?? 0),
    ...base,
  });
}
