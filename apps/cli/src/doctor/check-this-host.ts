import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { bytes } from '../output/figures.js';
import { type Finding, ok, warning } from './finding.js';

const GIB = 1024 ** 3;
const LOW_BYTES = 5 * GIB;
const PATIENCE_MS = 10_000;
const TIMEDATECTL = ['timedatectl', 'show', '--property=NTPSynchronized', '--value'];
const run = promisify(execFile);

/** What an operator would need here. Only warnings: most who use `vman` sit at a host that runs no guests. */
export function checkThisHost(
  where = {
    qemu: qemuBinary(),
    qemuImg: 'qemu-img',
    kvm: '/dev/kvm',
    storage: '/var/lib/vman',
    clock: TIMEDATECTL,
  },
): Promise<Finding[]> {
  return Promise.all([
    checkQemu(where.qemu),
    checkQemuImg(where.qemuImg),
    checkKvm(where.kvm),
    checkSpace(where.storage),
    checkClock(where.clock),
  ]);
}

const qemuBinary = () => `qemu-system-${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}`;

async function checkQemu(binary: string): Promise<Finding> {
  try {
    const { stdout } = await run(binary, ['--version'], { timeout: PATIENCE_MS });
    return ok('this host: qemu', stdout.split('\n')[0] ?? '');
  } catch {
    const cure = 'To run guests here: apt install --no-install-recommends qemu-system-x86.';
    return warning('this host: qemu', `${binary} is not there or does not start`, cure);
  }
}

async function checkQemuImg(binary: string): Promise<Finding> {
  const about = 'this host: qemu-img';
  try {
    const { stdout } = await run(binary, ['--version'], { timeout: PATIENCE_MS });
    return ok(about, stdout.split('\n')[0] ?? '');
  } catch {
    const cure = 'To keep disks here: apt install --no-install-recommends qemu-utils.';
    return warning(about, `${binary} is not there or does not start`, cure);
  }
}

/** The operator tells the ages of what it saw by this clock, and certificates end by it. */
async function checkClock([command, ...words]: readonly string[]): Promise<Finding> {
  const about = 'this host: clock';
  const cure = 'Let it take its time from NTP: apt install systemd-timesyncd, or chrony.';
  try {
    const { stdout } = await run(command ?? '', words, { timeout: PATIENCE_MS });
    return stdout.trim() === 'yes'
      ? ok(about, 'is kept by NTP')
      : warning(about, 'is not kept by NTP, or has not heard from it yet', cure);
  } catch {
    return warning(about, 'nothing here says whether NTP keeps it: timedatectl does not answer', cure);
  }
}

async function checkKvm(device: string): Promise<Finding> {
  try {
    await access(device, constants.R_OK | constants.W_OK);
    return ok('this host: kvm', `${device} is there and may be used`);
  } catch (error) {
    const absent = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const message = absent ? `there is no ${device}` : `${device} may not be used by you`;
    const cure = absent
      ? 'Switch virtualization on in the firmware, or nested virtualization in the hypervisor; without it guests are emulated.'
      : 'Add the user of the operator to the group kvm.';
    return warning('this host: kvm', message, cure);
  }
}

async function checkSpace(folder: string): Promise<Finding> {
  const { bavail, bsize } = await nearestFs(folder);
  const free = bavail * bsize;
  const message = `${bytes(free)} are free for ${folder}`;
  if (free >= LOW_BYTES) return ok('this host: storage', message);
  return warning('this host: storage', message, 'Free space, or put VMAN_STORAGE_PATH elsewhere.');
}

/** The file system that the folder is on, or would be. */
async function nearestFs(folder: string): Promise<{ bavail: number; bsize: number }> {
  return statfs(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' && folder !== dirname(folder)) return nearestFs(dirname(folder));
    throw error;
  });
}
