import { join } from 'node:path';
import { PROJECT } from './project-root.js';

/** The services run from dist, so dist must be what the sources say; with VMAN_TEST_DIST=as-is it is taken as it lies. */
export async function buildWhenStale(): Promise<void> {
  if (process.env.VMAN_TEST_DIST === 'as-is') return;
  const { ensureBuild } = await import(join(PROJECT, 'tools/provision/build.mjs'));
  await ensureBuild();
}
