/**
 * Runs `qemu-img` for what only it can do. Formats are always named and paths absolute, so that it never guesses
 * what a file is or takes its name for a URL. It runs under limits of address space, CPU time, file size and open
 * files, and is killed after the time limit, since a hostile image may keep it busy for hours. It follows what an
 * image names: inspect untrusted images first.
 */
import { execa } from 'execa';
import type { ImageFormat } from '#libs/contracts';
import { VmanError } from '#libs/errors';
import { MINIMAL_ENV } from '../process/index.js';
import { type Confinement, confinementPrefix } from './confinement.js';

/** `qemu-img info` needs less than 64 MiB of addresses, `convert` of sound images some hundred. */
const ADDRESS_SPACE_BYTES = 1024 * 1024 * 1024;
const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;
const MAX_OPEN_FILES = 64;
/**
 * A busy disk makes it start up to 64 threads. Each would reserve 8 MiB for its stack and 64 MiB or more for its heap,
 * which passes the limit above; so they get less, and share two heaps.
 */
const THREAD_STACK_BYTES = 2 * 1024 * 1024;
const SHARED_HEAPS = { MALLOC_ARENA_MAX: '2' };
const WORDS_OF_QEMU_BYTES = 500;

export interface ImageFile {
  path: string;
  format: ImageFormat;
}

export interface QemuImgOptions {
  timeoutMs: number;
  /** Nothing larger is written. Default 1 TiB. */
  maxFileBytes?: number;
  /** Default `qemu-img`. */
  binary?: string;
  /** Of `convert`; 0 is no limit. */
  bytesPerSecond?: number;
  /** Kept apart from the network and our rights; absent: it runs as we do. */
  confined?: Confinement;
  /** Kills it; then its reason is thrown. */
  signal?: AbortSignal;
  /** Reads a file although a QEMU holds it (`info` alone). */
  whileHeld?: boolean;
}

interface QemuImgResult {
  exitCode: number;
  stdout: string;
}

const DEFAULT_MAX_FILE_BYTES = 1024 ** 4;
const NO_THREAD = /qemu_thread_create/;
const FULL = /No space left on device|Disk quota exceeded/;

/** Runs one command of it. Throws VmanError when it ends otherwise than by one of these codes. */
export async function runQemuImg(
  args: string[],
  okCodes: number[],
  options: QemuImgOptions,
): Promise<QemuImgResult> {
  const { timeoutMs, maxFileBytes = DEFAULT_MAX_FILE_BYTES, binary = 'qemu-img' } = options;
  const limits = [
    `--as=${ADDRESS_SPACE_BYTES}`,
    `--stack=${THREAD_STACK_BYTES}`,
    `--cpu=${Math.ceil(timeoutMs / 1000)}`,
    `--fsize=${maxFileBytes}`,
    `--nofile=${MAX_OPEN_FILES}`,
    '--core=0',
  ];
  const prefix = options.confined ? await confinementPrefix(options.confined) : [];
  const [program = 'prlimit', ...words] = [...prefix, 'prlimit', ...limits, binary, ...args];
  const result = await execa(program, words, {
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
    maxBuffer: MAX_OUTPUT_BYTES,
    reject: false,
    env: { ...MINIMAL_ENV, ...SHARED_HEAPS },
    extendEnv: false,
    stdin: 'ignore',
    cancelSignal: options.signal,
  });
  options.signal?.throwIfAborted();
  if (result.timedOut) {
    throw new VmanError('deadline_exceeded', `qemu-img ${args[0]} took longer than ${timeoutMs} ms`);
  }
  if (result.exitCode === undefined || !okCodes.includes(result.exitCode)) {
    const words = (result.stderr || result.shortMessage || '').slice(0, WORDS_OF_QEMU_BYTES);
    if (FULL.test(words)) throw new VmanError('storage_full', 'There is no space left for the image.');
    if (NO_THREAD.test(words)) {
      throw new VmanError('insufficient_memory', `qemu-img ${args[0]} got no thread from the host.`);
    }
    throw new VmanError('image_rejected', `qemu-img ${args[0]} failed: ${words}`, { cause: result });
  }
  return { exitCode: result.exitCode, stdout: result.stdout };
}

function checked(path: string): string {
  if (!path.startsWith('/')) throw new VmanError('internal', 'qemu-img takes absolute paths only');
  return path;
}

/** Copies the guest's data into a new file of our own; the target is overwritten. */
export async function convertImage(
  source: ImageFile,
  target: ImageFile,
  options: QemuImgOptions,
): Promise<void> {
  const formats = ['-f', source.format, '-O', target.format];
  await runQemuImg(['convert', ...formats, '--', checked(source.path), checked(target.path)], [0], options);
}

/**
 * Copies what a guest sees of a chain of images, the top one first, into a new qcow2 that depends on nothing; the
 * target is overwritten. Only these files are opened, whatever their headers name.
 */
export async function convertChain(
  layers: readonly ImageFile[],
  targetPath: string,
  options: QemuImgOptions,
): Promise<void> {
  const source = `json:${JSON.stringify(chainNode(layers))}`;
  const pace = options.bytesPerSecond ? ['-r', String(options.bytesPerSecond)] : [];
  await runQemuImg(['convert', ...pace, '-O', 'qcow2', source, checked(targetPath)], [0], options);
}

function chainNode([top, ...below]: readonly ImageFile[]): object | null {
  if (!top) return null;
  const file = { driver: 'file', filename: checked(top.path) };
  return { driver: top.format, file, ...(top.format === 'qcow2' && { backing: chainNode(below) }) };
}

/**
 * A qcow2 by itself, as a name for qemu-img: what lies below is not opened. For work on its tables alone, which so
 * needs no image below, and follows nothing that the header names.
 */
export function withoutBase(path: string): string {
  return `json:${JSON.stringify(chainNode([{ path, format: 'qcow2' }]))}`;
}

/** `clean`, `leaks` (wasted space only) or `corrupt`. */
export type CheckVerdict = 'clean' | 'leaks' | 'corrupt';

/** Looks for faults in the tables of a qcow2, repairing nothing. */
export async function checkImage(image: ImageFile, options: QemuImgOptions): Promise<CheckVerdict> {
  const args = ['check', '-q', '-f', image.format, '--', checked(image.path)];
  const { exitCode } = await runQemuImg(args, [0, 2, 3], options);
  if (exitCode === 0) return 'clean';
  return exitCode === 3 ? 'leaks' : 'corrupt';
}

export interface QemuImgInfo {
  format: string;
  'virtual-size': number;
  'actual-size'?: number;
  'backing-filename'?: string;
  snapshots?: { name: string; 'vm-state-size': number }[];
  'format-specific'?: { data: { bitmaps?: { name: string }[] } };
}

/** What qemu-img says of one image, without its backing chain. */
export async function imageInfo(image: ImageFile, options: QemuImgOptions): Promise<QemuImgInfo> {
  const held = options.whileHeld ? ['-U'] : [];
  const args = ['info', ...held, '-f', image.format, '--output=json', '--', checked(image.path)];
  const { stdout } = await runQemuImg(args, [0], options);
  return JSON.parse(stdout) as QemuImgInfo;
}
