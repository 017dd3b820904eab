import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { requireCandidate, unpackPackages } from './apt.mjs';
import { withLock } from './lock.mjs';
import { CACHE } from './paths.mjs';
import { step } from './progress.mjs';
import { isExecutable, run } from './run.mjs';

/** Where the downloaded Prometheus lies; nothing is installed and no system service is made. */
const FOLDER = join(CACHE, 'prometheus');
const at = (name) => join(FOLDER, 'usr', 'bin', name);
const unpacked = () => isExecutable(at('prometheus')) && isExecutable(at('promtool'));

/** @returns {Promise<{prometheus: string, promtool: string}>} paths of the programs, downloaded when they are not there */
export function ensurePrometheus() {
  return step('Prometheus', async (note) => {
    if (!unpacked()) await withLock(join(CACHE, 'prometheus.lock'), download);
    note(/version (\S+)/.exec(await run(at('prometheus'), ['--version']))?.[1].replace(/,$/, '') ?? '');
    return { prometheus: at('prometheus'), promtool: at('promtool') };
  });
}

async function download() {
  if (unpacked()) return;
  await requireCandidate('prometheus');
  const fresh = `${FOLDER}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(CACHE, { recursive: true });
  await unpackPackages(['prometheus'], fresh);
  if (existsSync(FOLDER)) rmSync(FOLDER, { recursive: true });
  renameSync(fresh, FOLDER);
  if (!unpacked()) throw new Error('the package prometheus holds no prometheus and promtool');
}
