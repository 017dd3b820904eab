// Job: programs that the tests of networks and of the guest agent run, where the system lacks them: the
// distribution's packages, downloaded and unpacked into the cache, never installed.
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { requireCandidate, unpackPackages } from './apt.mjs';
import { withLock } from './lock.mjs';
import { CACHE } from './paths.mjs';
import { step } from './progress.mjs';
import { findProgram } from './run.mjs';
import { packagesToUnpack, wrapPrograms } from './unpacked-programs.mjs';

const FOLDER = join(CACHE, 'test-programs');
const UNPACKED = join(FOLDER, 'packages');
/** program: the package that holds it */
const PROGRAMS = {
  ip: 'iproute2',
  nft: 'nftables',
  dnsmasq: 'dnsmasq-base',
  'qemu-ga': 'qemu-guest-agent',
  mount: 'mount',
};

/** @returns {Promise<string>} a folder to put on PATH, behind the system's own */
export function ensureTestPrograms() {
  return step('programs of the tests', async (note) => {
    const lacking = Object.keys(PROGRAMS).filter((program) => !findProgram(program));
    const bin = join(FOLDER, 'bin');
    if (lacking.length > 0) {
      await withLock(join(CACHE, 'test-programs.lock'), async () => {
        if (lacking.some((program) => !unpacked(program))) await unpack(lacking);
        wrapPrograms(UNPACKED, bin);
      });
    }
    note(lacking.length > 0 ? `${lacking.join(', ')}: unpacked` : 'all of this system');
    return bin;
  });
}

function unpacked(program) {
  return ['bin', 'sbin', 'usr/bin', 'usr/sbin'].some((path) => existsSync(join(UNPACKED, path, program)));
}

async function unpack(programs) {
  const fresh = `${UNPACKED}.new`;
  rmSync(fresh, { recursive: true, force: true });
  const names = programs.map((program) => PROGRAMS[program]);
  for (const name of names) await requireCandidate(name);
  const packages = await packagesToUnpack(names);
  await unpackPackages(packages, fresh);
  rmSync(UNPACKED, { recursive: true, force: true });
  renameSync(fresh, UNPACKED);
}
