// Job: launcher and units under a real systemd. How: a Debian root from packages, kept in the cache, is booted by
// boot.sh in namespaces of its own, and prove/main.mjs runs in there. Assumes root and that cgroups may be made. At
// the end nothing but the cached root is left: the namespaces take their processes and mounts with them.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installPackages } from '../containers/packages.mjs';
import { ensureBuild } from '../provision/build.mjs';
import { withLock } from '../provision/lock.mjs';
import { ensureNats } from '../provision/nats.mjs';
import { ensureNpm } from '../provision/npm.mjs';
import { CACHE, DATA, NODE, ROOT } from '../provision/paths.mjs';
import { step } from '../provision/progress.mjs';
import { findProgram, run } from '../provision/run.mjs';
import { tailOf } from '../start/log-tail.mjs';
import { pause, startProcess } from '../start/processes.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
const LOG = join(DATA, 'systemd.log');
const CGROUP = 'vman-systemd';
const PACKAGES = 'systemd,systemd-sysv,dbus,qemu-system-x86,libatomic1,iproute2,nftables,dnsmasq-base,procps';
/** Another list of packages is another root. */
const DEBIAN = join(CACHE, `systemd-root-${createHash('sha256').update(PACKAGES).digest('hex').slice(0, 8)}`);
const BOOT_MS = 60_000;

/** @returns {Promise<number>} the exit status */
export async function runSystemd({ yes }) {
  if (process.getuid?.() !== 0) throw new Error('only root can boot a systemd of its own');
  mkdirSync(CACHE, { recursive: true });
  return withLock(join(DATA, 'systemd.lock'), async () => {
    await ensureNpm();
    const nats = await ensureNats();
    await ensureBuild();
    if (!existsSync(DEBIAN)) await makeDebian({ yes });
    removeCgroups();
    rmSync(LOG, { force: true });
    const booted = startProcess('sh', [join(HERE, 'boot.sh'), DEBIAN, ROOT, CGROUP], {
      cwd: ROOT,
      output: LOG,
    });
    try {
      const inside = await step('systemd is up', () => up(booted));
      const words = [...inside, 'env', `VMAN_NATS_SERVER=${nats}`, NODE, join(HERE, 'prove/main.mjs')];
      await run('nsenter', words, { inherit: true, env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } });
      return 0;
    } catch (error) {
      console.error(`${error.message}\n${existsSync(LOG) ? tailOf(LOG) : ''}`);
      return 1;
    } finally {
      process.kill(booted.pid, 'SIGKILL');
      await booted.exited;
      await cgroupsGone();
    }
  });
}

async function makeDebian({ yes }) {
  if (!findProgram('mmdebstrap'))
    await installPackages(['mmdebstrap'], 'A Debian with systemd is made from packages', { yes });
  const part = `${DEBIAN}.part`;
  rmSync(part, { recursive: true, force: true });
  const user = '--customize-hook=chroot "$1" useradd --system vman-qemu';
  const options = ['--variant=minbase', '--quiet', `--include=${PACKAGES}`, user];
  await step('Debian with systemd', () => run('mmdebstrap', [...options, 'bookworm', part]));
  renameSync(part, DEBIAN);
}

/** The words that run a command in there, once systemd has started all there is to start. */
async function up(booted) {
  for (const deadline = Date.now() + BOOT_MS; Date.now() < deadline; await pause(100)) {
    if (!booted.alive()) throw new Error(`it ended with ${await booted.exited}`);
    const init = readFileSync(`/proc/${booted.pid}/task/${booted.pid}/children`, 'utf8').trim();
    const inside = ['--target', init, '--all', '--'];
    const state = /^\d+$/.test(init) ? await stateOf(inside) : '';
    if (/^(running|degraded)/.test(state)) return inside;
  }
  throw new Error('systemd did not come up');
}

const stateOf = (inside) =>
  run('nsenter', [...inside, 'systemctl', 'is-system-running']).catch((error) => error.output);

async function cgroupsGone() {
  for (let tries = 1; ; tries += 1) {
    try {
      return removeCgroups();
    } catch (error) {
      // the kernel may take a moment longer than the processes
      if (error.code !== 'EBUSY' || tries === 50) throw error;
      await pause(100);
    }
  }
}

function removeCgroups() {
  const mounts = readFileSync('/proc/mounts', 'utf8').split('\n');
  for (const [, folder, kind] of mounts.map((line) => line.split(' '))) {
    if (kind?.startsWith('cgroup') && folder.startsWith('/sys/fs/cgroup')) removeTree(join(folder, CGROUP));
  }
}

/** A cgroup goes as a folder, though it is full of files. */
function removeTree(folder) {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeTree(join(folder, entry.name));
  }
  rmdirSync(folder);
}
