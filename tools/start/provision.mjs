import { ensureBuild } from '../provision/build.mjs';
import { ensureGuestImage } from '../provision/guest.mjs';
import { ensureNats } from '../provision/nats.mjs';
import { ensureNpm } from '../provision/npm.mjs';
import { ensureQemu } from '../provision/qemu.mjs';

/**
 * Brings this machine to the point where the services can run; quick when nothing is to do.
 * @returns {Promise<{nats?: string, image: {path: string, format: string}}>} nats: none when one is given
 */
export async function provision({ yes, needsNats }) {
  await ensureQemu({ yes });
  await ensureNpm();
  const nats = needsNats ? await ensureNats() : undefined;
  const image = await ensureGuestImage();
  await ensureBuild();
  return { nats, image };
}
