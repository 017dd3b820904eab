// Job: UEFI firmware for tests and demos, where the system has none: the distribution's package,
// downloaded and unpacked into the cache, never installed.
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { requireCandidate, unpackPackages } from './apt.mjs';
import { withLock } from './lock.mjs';
import { CACHE } from './paths.mjs';
import { step } from './progress.mjs';

const NAMES = ['OVMF_CODE_4M.fd', 'OVMF_CODE.fd'];
const SYSTEM = '/usr/share/OVMF';
const FOLDER = join(CACHE, 'ovmf');
const UNPACKED = join(FOLDER, 'usr', 'share', 'OVMF');

const hasFirmware = (folder) => NAMES.some((name) => existsSync(join(folder, name)));

/**
 * Optional: nothing but UEFI machines needs it.
 * @returns {Promise<string>} the folder to name in VMAN_OVMF_PATH
 */
export function ensureOvmf() {
  return step('UEFI firmware', async (note) => {
    if (hasFirmware(SYSTEM)) return SYSTEM;
    await withLock(join(CACHE, 'ovmf.lock'), async () => {
      if (hasFirmware(UNPACKED)) return;
      await requireCandidate('ovmf');
      const fresh = `${FOLDER}.new`;
      rmSync(fresh, { recursive: true, force: true });
      await unpackPackages(['ovmf'], fresh);
      rmSync(FOLDER, { recursive: true, force: true });
      renameSync(fresh, FOLDER);
    });
    if (!hasFirmware(UNPACKED)) throw new Error('the package ovmf does not hold what is expected');
    note(UNPACKED);
    return UNPACKED;
  });
}
