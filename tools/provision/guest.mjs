// Job: the demo guest, a bootable disk image of a tiny Linux, made from this distribution's packages.
// How: kernel, busybox, the boot loader and the tools to put them together are downloaded and unpacked
// into the cache (never installed: no second kernel on somebody's machine); programs that the system
// lacks are run from there through small wrappers that know their libraries. tools/guest/build.sh then
// makes the image without root and without loop devices.
// Assumes an x86-64 machine and Debian or Ubuntu. The image is made again when tools/guest changed or
// when the cache was removed, not when the distribution publishes a newer kernel.
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { dependsOf, requireCandidate, unpackPackages } from './apt.mjs';
import { withLock } from './lock.mjs';
import { CACHE, ROOT } from './paths.mjs';
import { step } from './progress.mjs';
import { run } from './run.mjs';
import { packagesToUnpack, wrapPrograms } from './unpacked-programs.mjs';

const SOURCES = join(ROOT, 'tools', 'guest');
const FOLDER = join(CACHE, 'guest');
const UNPACKED = join(FOLDER, 'packages');
const IMAGE = join(FOLDER, 'guest.qcow2');
const STAMP = join(FOLDER, 'stamp.json');
/** Files of these go into the image, so they are unpacked even where the system has them. */
const CONTENT = ['busybox-static', 'qemu-guest-agent', 'syslinux', 'syslinux-common'];
/** Programs that put the image together: unpacked only where the system lacks them. */
const TOOLS = ['mtools', 'dosfstools', 'e2fsprogs', 'cpio', 'kmod', 'xz-utils', 'zstd', 'gzip'];
/** Meta packages of a kernel for virtual machines: Debian's name, then Ubuntu's. */
const KERNELS = ['linux-image-cloud-amd64', 'linux-image-virtual'];

/**
 * @returns {Promise<{path: string, format: 'qcow2'}>} a bootable disk: httpd on port 80, guest agent, ACPI
 */
export function ensureGuestImage() {
  return step('demo guest image', async (note) => {
    if (!isCurrent()) {
      await withLock(join(CACHE, 'guest.lock'), async () => {
        if (isCurrent()) return;
        if (process.arch !== 'x64')
          throw new Error(`the demo guest needs an x86-64 machine, this is ${process.arch}`);
        note('downloading packages');
        const packages = existsSync(manifestOf(UNPACKED)) ? readJson(manifestOf(UNPACKED)) : await unpack();
        note('building');
        await build(packages.kernel);
        writeFileSync(STAMP, JSON.stringify({ inputs: inputs(), packages: packages.versions }, null, 2));
      });
    }
    note(IMAGE);
    return { path: IMAGE, format: 'qcow2' };
  });
}

/**
 * The programs that put a disk image together, made ready for where the cache lies now, and syslinux' boot sector.
 * @returns {Promise<{bin: string, mbr: string}>}
 */
export async function ensureImageTools() {
  await ensureGuestImage();
  return withLock(join(CACHE, 'guest.lock'), async () => ({
    bin: programs(),
    mbr: join(UNPACKED, 'usr', 'lib', 'syslinux', 'mbr', 'mbr.bin'),
  }));
}

function isCurrent() {
  return existsSync(IMAGE) && existsSync(STAMP) && readJson(STAMP).inputs === inputs();
}

/** A hash of the image's own sources and of the package versions it was unpacked from. */
function inputs() {
  const hash = createHash('sha256');
  const add = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) =>
      a.name < b.name ? -1 : 1,
    )) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) add(path);
      else hash.update(`${entry.name}\0`).update(readFileSync(path)).update('\0');
    }
  };
  hash.update(readFileSync(join(SOURCES, 'build.sh')));
  add(join(SOURCES, 'rootfs'));
  if (existsSync(manifestOf(UNPACKED))) hash.update(readFileSync(manifestOf(UNPACKED)));
  return hash.digest('hex');
}

async function unpack() {
  const kernel = await kernelPackages();
  const missing = await packagesToUnpack([...CONTENT, ...TOOLS]);
  const fresh = `${UNPACKED}.new`;
  rmSync(fresh, { recursive: true, force: true });
  rmSync(UNPACKED, { recursive: true, force: true });
  const versions = await unpackPackages([...new Set([...CONTENT, ...missing, ...kernel.packages])], fresh);
  // newer distributions ship everything below usr/, and rely on a merged system
  if (!existsSync(join(fresh, 'lib', 'modules'))) {
    mkdirSync(join(fresh, 'lib'), { recursive: true });
    symlinkSync('../usr/lib/modules', join(fresh, 'lib', 'modules'));
  }
  const manifest = { kernel: kernel.version, versions };
  writeFileSync(manifestOf(fresh), JSON.stringify(manifest, null, 2));
  renameSync(fresh, UNPACKED);
  return manifest;
}

/**
 * The packages that really hold the kernel and its modules. Debian: one, linux-image-<version>.
 * Ubuntu: linux-image-<version> holds the kernel, linux-modules-<version> the modules.
 */
async function kernelPackages() {
  const known = [];
  for (const meta of KERNELS) {
    try {
      await requireCandidate(meta);
    } catch {
      continue;
    }
    known.push(meta);
    const image = (await dependsOf(meta)).find((name) => /^linux-image-\d/.test(name));
    if (!image) continue;
    const version = image.replace(/^linux-image-(unsigned-)?/, '');
    const modules = (await dependsOf(image)).filter((name) => name === `linux-modules-${version}`);
    return { version, packages: [image, ...modules] };
  }
  throw new Error(
    `no kernel package found for the demo guest (asked apt for ${KERNELS.join(', ')}; knows ${known})`,
  );
}

async function build(kernel) {
  const env = { ...process.env, LC_ALL: 'C', PATH: `${programs()}:/usr/sbin:/usr/bin:/sbin:/bin` };
  await run('depmod', ['-b', UNPACKED, kernel], { env });
  const output = `${FOLDER}.out`;
  rmSync(output, { recursive: true, force: true });
  await run('bash', [join(SOURCES, 'build.sh'), UNPACKED, kernel, output], { env });
  renameSync(join(output, 'guest.qcow2'), IMAGE);
  rmSync(output, { recursive: true, force: true });
}

/** The unpacked programs that the system lacks. */
function programs() {
  return wrapPrograms(UNPACKED, join(FOLDER, 'bin'));
}

function manifestOf(folder) {
  return join(folder, 'manifest.json');
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}
