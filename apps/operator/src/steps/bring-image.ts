import { exists } from './fetch-image.step.js';
import type { StepContext } from './step-handler.js';

/** The image below a disk that was made elsewhere: a shared pool may give it to a host that never had its image. */
export async function bringImage(
  { host, desired, signal, wait }: StepContext,
  diskId: string,
): Promise<void> {
  const image = desired.disks.find((it) => it.diskId === diskId)?.image;
  if (!image || (await exists(host.paths.image(image.digest)))) return;
  await wait(() => host.images.fetch(image.digest, signal));
}
