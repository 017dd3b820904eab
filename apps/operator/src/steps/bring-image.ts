import { basename } from 'node:path';
import type { Disk } from '#libs/contracts';
import { backingPath } from '#libs/qemu';
import type { Host } from '../host.js';
import { exists } from './fetch-image.step.js';
import type { StepContext } from './step-handler.js';

const DIGEST = /^[0-9a-f]{64}$/;

/**
 * The image below a disk that is there: a shared pool may give it to a host that never had its image, and somebody may
 * have removed it here.
 */
export async function bringImage(
  { host, desired, signal, wait }: StepContext,
  diskId: string,
): Promise<void> {
  const image = desired.disks.find((it) => it.diskId === diskId)?.image;
  if (!image || (await exists(host.paths.image(image.digest)))) return;
  await wait(() => host.images.fetch(image.digest, signal));
}

/** The images below these disks, before something reads through them. Throws what `ImageCache.fetch` throws. */
export async function bringImages(
  host: Host,
  disks: readonly Pick<Disk, 'image'>[],
  signal: AbortSignal,
): Promise<void> {
  for (const { image } of disks) if (image) await bring(host, image.digest, signal);
}

/** The same for a file, by what its header names. */
export async function bringImageOf(host: Host, path: string, signal: AbortSignal): Promise<void> {
  const digest = basename((await backingPath(path)) ?? '');
  if (DIGEST.test(digest)) await bring(host, digest, signal);
}

async function bring(host: Host, digest: string, signal: AbortSignal): Promise<void> {
  if (!(await exists(host.paths.image(digest)))) await host.images.fetch(digest, signal);
}
