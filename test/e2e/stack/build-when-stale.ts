import { join } from 'node:path';
import { PROJECT } from './project-root.js';

/** The services run from dist, so dist must be what the sources say. */
export async function buildWhenStale(): Promise<void> {
  const { ensureBuild } = await import(join(PROJECT, 'tools/provision/build.mjs'));
  await ensureBuild();
}
