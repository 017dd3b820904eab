/**
 * What a QEMU binary can do, asked once. The answer is kept as long as the file has the same name, size and time of
 * change, so that an upgrade is seen at the next question and fifty starts ask once.
 */
import { constants } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { VmanError } from '#libs/errors';
import { MINIMAL_ENV } from '../process/index.js';

const TIMEOUT_MS = 10_000;

export interface QemuMachine {
  name: string;
  /** `q35` is an alias of the newest `pc-q35-*`. */
  aliasOf?: string;
}

export interface QemuBinary {
  /** Absolute path. */
  path: string;
  /** Such as `7.2.22`. */
  version: string;
  major: number;
  minor: number;
  machines: QemuMachine[];
}

const known = new Map<string, Promise<QemuBinary>>();

async function findBinary(binary: string): Promise<string> {
  const folders = binary.includes('/') ? [''] : (MINIMAL_ENV.PATH ?? '').split(':');
  for (const folder of folders) {
    const path = join(folder, binary);
    try {
      await access(path, constants.X_OK);
      return path;
    } catch {}
  }
  throw new VmanError('unsupported', `There is no program ${binary} on this host`);
}

async function ask(path: string, args: string[]): Promise<string> {
  const result = await execa(path, args, {
    timeout: TIMEOUT_MS,
    env: MINIMAL_ENV,
    extendEnv: false,
    stdin: 'ignore',
  });
  return result.stdout;
}

/** The text of `--version`. */
export function parseVersion(text: string): Pick<QemuBinary, 'version' | 'major' | 'minor'> {
  const match = /^QEMU emulator version ((\d+)\.(\d+)\.\d+)/m.exec(text);
  if (match === null) throw new VmanError('unsupported', 'The program is not a QEMU that tells its version');
  return { version: match[1] ?? '', major: Number(match[2]), minor: Number(match[3]) };
}

/** The text of `-machine help`. */
export function parseMachines(text: string): QemuMachine[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const name = /^(\S+)\s/.exec(line)?.[1];
      if (name === undefined) return [];
      const aliasOf = /\(alias of ([^)\s]+)\)/.exec(line)?.[1];
      return [{ name, ...(aliasOf === undefined ? {} : { aliasOf }) }];
    });
}

async function inspect(path: string): Promise<QemuBinary> {
  const [version, machines] = await Promise.all([ask(path, ['--version']), ask(path, ['-machine', 'help'])]);
  return { path, ...parseVersion(version), machines: parseMachines(machines) };
}

/** Throws `unsupported` when there is no such program, or it is no QEMU. */
export async function probeBinary(binary: string): Promise<QemuBinary> {
  const path = await findBinary(binary);
  const { mtimeMs, size } = await stat(path);
  const key = `${await realpath(path)} ${mtimeMs} ${size}`;
  const answer = known.get(key) ?? inspect(path);
  known.set(key, answer);
  answer.catch(() => known.delete(key));
  return answer;
}
