/**
 * Decides between KVM and TCG by running a guest of one sector under both. That /dev/kvm opens proves nothing: nested
 * virtualisation may be so slow that no guest ever gets to its first message. The measure is TCG on the same machine
 * a moment before, so that load slows both.
 */
import { access, chown, constants, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { MINIMAL_ENV } from '../process/index.js';
import { BOOT_SECTOR_EXIT_CODE, bootSector } from './boot-sector.js';
import {
  type AcceleratorChoice,
  type AcceleratorKind,
  chooseAccelerator,
  kvmLimitMs,
  type ProbeRun,
} from './choose-accelerator.js';

const DEFAULT_DEADLINE_MS = 1_500;
const MESSAGE_CHARS = 200;

export interface AcceleratorProbe {
  binary: string;
  mode: 'auto' | AcceleratorKind;
  /** The longest that one run may take. Default 1.5 s. */
  deadlineMs?: number;
  /** Default `/dev/kvm`. */
  kvmDevice?: string;
  /** The user that guests will run as; ours, when left out. */
  as?: { uid: number; gid: number };
}

async function runBootSector(
  binary: string,
  accelerator: AcceleratorKind,
  disk: string,
  limitMs: number,
  as: AcceleratorProbe['as'],
): Promise<ProbeRun> {
  const options = ['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot', '-m', '16'];
  const args = [
    ...['-machine', `pc,accel=${accelerator}`, ...options],
    ...['-device', 'isa-debug-exit,iobase=0xf4,iosize=0x04'],
    ...[
      '-blockdev',
      JSON.stringify({ driver: 'raw', 'node-name': 'd', file: { driver: 'file', filename: disk } }),
    ],
    ...['-device', 'ide-hd,drive=d'],
  ];
  const begin = performance.now();
  const result = await execa(binary, args, {
    timeout: limitMs,
    killSignal: 'SIGKILL',
    reject: false,
    stdin: 'ignore',
    env: MINIMAL_ENV,
    extendEnv: false,
    ...as,
  });
  if (result.timedOut) return { outcome: 'too-slow', limitMs };
  if (result.exitCode === BOOT_SECTOR_EXIT_CODE) {
    return { outcome: 'ran', elapsedMs: performance.now() - begin };
  }
  const words = result.stderr?.trim().split('\n').at(-1) || result.shortMessage || 'it ended by itself';
  return { outcome: 'failed', message: words.slice(0, MESSAGE_CHARS) };
}

async function probe({
  binary,
  deadlineMs = DEFAULT_DEADLINE_MS,
  as,
}: AcceleratorProbe): Promise<AcceleratorChoice> {
  const folder = await mkdtemp(join(tmpdir(), 'vman-probe-'));
  try {
    const disk = join(folder, 'boot-sector.raw');
    await writeFile(disk, bootSector());
    if (as) for (const path of [folder, disk]) await chown(path, as.uid, as.gid);
    const tcg = await runBootSector(binary, 'tcg', disk, deadlineMs, as);
    const kvm = await runBootSector(binary, 'kvm', disk, kvmLimitMs(tcg, deadlineMs), as);
    return chooseAccelerator(kvm, tcg);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** With mode `auto` it measures; otherwise it returns what was asked for. */
export async function probeAccelerator(options: AcceleratorProbe): Promise<AcceleratorChoice> {
  const { mode, kvmDevice = '/dev/kvm' } = options;
  if (mode !== 'auto') return { accelerator: mode, reason: `${mode} was asked for by the settings` };
  try {
    await access(kvmDevice, constants.R_OK | constants.W_OK);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'error';
    return { accelerator: 'tcg', reason: `${kvmDevice} cannot be opened (${code})` };
  }
  return probe(options);
}
