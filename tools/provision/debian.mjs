// Job: a Debian disk image with real cloud-init, for the slow tests.
// How: debootstrap is unpacked into the cache, the programs that put a disk together are those of the demo guest;
// tools/debian/build.sh does the rest. Needs root, and a mirror of Debian (VMAN_DEBIAN_MIRROR names another one).
// The image is made again when its script changed or the cache was removed.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { requireCandidate, unpackPackages } from './apt.mjs';
import { ensureImageTools } from './guest.mjs';
import { withLock } from './lock.mjs';
import { CACHE, ROOT } from './paths.mjs';
import { step } from './progress.mjs';
import { run } from './run.mjs';

const SCRIPT = join(ROOT, 'tools', 'debian', 'build.sh');
const FOLDER = join(CACHE, 'debian');
const IMAGE = join(FOLDER, 'debian.qcow2');
const STAMP = join(FOLDER, 'stamp');
const TOOLS = join(FOLDER, 'packages');

/** @returns {Promise<{path: string, format: 'qcow2'}>} a bootable disk: cloud-init, guest agent, ssh */
export async function ensureDebianImage() {
  if (process.getuid?.() !== 0)
    throw new Error('the Debian image is made with debootstrap, which needs root');
  const tools = await ensureImageTools();
  return step('Debian image', async (note) => {
    const inputs = createHash('sha256').update(readFileSync(SCRIPT)).digest('hex');
    const current = () => existsSync(IMAGE) && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === inputs;
    if (!current()) {
      await withLock(join(CACHE, 'debian.lock'), async () => {
        if (current()) return;
        note('building, this takes minutes');
        await build(tools);
        writeFileSync(STAMP, inputs);
      });
    }
    note(IMAGE);
    return { path: IMAGE, format: 'qcow2' };
  });
}

async function build({ bin, mbr }) {
  rmSync(TOOLS, { recursive: true, force: true });
  await requireCandidate('debootstrap');
  await unpackPackages(['debootstrap'], TOOLS);
  const output = `${FOLDER}.out`;
  rmSync(output, { recursive: true, force: true });
  const env = {
    ...process.env,
    LC_ALL: 'C',
    DEBOOTSTRAP_DIR: join(TOOLS, 'usr', 'share', 'debootstrap'),
    PATH: `${join(TOOLS, 'usr', 'sbin')}:${bin}:/usr/sbin:/usr/bin:/sbin:/bin`,
  };
  const mirror = process.env.VMAN_DEBIAN_MIRROR;
  await run('bash', [SCRIPT, mbr, output, ...(mirror ? [mirror] : [])], { env });
  renameSync(join(output, 'debian.qcow2'), IMAGE);
  rmSync(output, { recursive: true, force: true });
}
