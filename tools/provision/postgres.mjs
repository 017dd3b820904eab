// Job: a real PostgreSQL server of our own, on the loopback interface only, from the binaries of an npm
// package. How: `initdb` into a folder that gets its name only when complete (the database `vman` made in
// single-user mode, so that no driver is needed here); the server then runs in a session of its own, so
// that a Ctrl-C on the terminal does not reach it before its clients are stopped; it is ready when it says
// so in postmaster.pid. A server left over from a killed run is stopped first.
// Assumes that one run at a time uses a data folder; its callers hold a lock on it.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { startTimeOf } from './lock.mjs';
import { freePort } from './port.mjs';
import { choosePostgres } from './postgres-user.mjs';
import { run } from './run.mjs';

const USER = 'vman';
const DATABASE = 'vman';
/** Recovery after a crash may replay much. */
const READY_MS = 60_000;
const STOP_MS = 15_000;
const POLL_MS = 20;
/** For tests, whose data may be lost with the machine. */
const UNSAFE = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'];

/**
 * @param {object} options
 * @param {string} options.dataDir made when absent
 * @param {number} [options.port] taken when free, else any
 * @param {boolean} [options.fsync] false: faster, and not safe when the machine fails
 * @param {(line: string) => void} [options.log] told what was decided when it is not the obvious
 * @returns {Promise<{url: string, port: number, pid: number, dataDir: string, logFile: string, exited: Promise<void>, stop: () => Promise<void>}>}
 * dataDir: where the data really lies (elsewhere when the database's user cannot reach the wanted folder)
 */
export async function startPostgres({ dataDir, port, fsync = true, log = () => {} }) {
  const program = await choosePostgres(dataDir, log);
  const { folder } = program;
  const cluster = join(folder, 'cluster');
  if (!existsSync(cluster)) await makeCluster(program);
  await stopLeftover(cluster, log);
  const password = readFileSync(join(folder, 'password'), 'utf8');
  const listenPort = await freePort(port);
  const settings = [
    'listen_addresses=127.0.0.1',
    `port=${listenPort}`,
    'unix_socket_directories=',
    'max_connections=200',
  ];
  const args = [
    '-D',
    cluster,
    ...[...settings, ...(fsync ? [] : UNSAFE)].flatMap((setting) => ['-c', setting]),
  ];
  const logFile = join(folder, 'postgres.log');
  const child = spawnDetached(join(program.bin, 'postgres'), args, { ...program, cwd: folder, logFile });
  const exited = new Promise((resolve) => child.once('exit', () => resolve()));
  await waitUntilReady(child, cluster, logFile);
  return {
    url: `postgres://${USER}:${password}@127.0.0.1:${listenPort}/${DATABASE}`,
    port: listenPort,
    pid: child.pid,
    dataDir: folder,
    logFile,
    exited,
    stop: () => stopChild(child, exited),
  };
}

/** A new cluster becomes visible under its name only when it is complete. */
async function makeCluster(program) {
  const { folder } = program;
  const fresh = join(folder, 'cluster.new');
  const secret = join(folder, 'password.new');
  rmSync(fresh, { recursive: true, force: true });
  rmSync(secret, { force: true });
  mkdirSync(fresh, { mode: 0o700 });
  const password = randomBytes(24).toString('hex');
  writeFileSync(secret, password, { mode: 0o600 });
  if (program.uid !== undefined) {
    chownSync(fresh, program.uid, program.gid);
    chownSync(secret, program.uid, program.gid);
  }
  const as = { uid: program.uid, gid: program.gid, cwd: folder, env: { ...process.env, LC_ALL: 'C' } };
  const init = [
    '-D',
    fresh,
    '-U',
    USER,
    '-A',
    'scram-sha-256',
    `--pwfile=${secret}`,
    '--no-locale',
    '-E',
    'UTF8',
    '--no-sync',
    '--no-instructions',
  ];
  await run(join(program.bin, 'initdb'), init, as);
  const single = ['--single', '-D', fresh, 'postgres'];
  await run(join(program.bin, 'postgres'), single, { ...as, input: `CREATE DATABASE ${DATABASE};\n` });
  // from now on the password is ours alone to read
  if (program.uid !== undefined) chownSync(secret, process.getuid(), process.getgid());
  chmodSync(secret, 0o600);
  renameSync(secret, join(folder, 'password'));
  renameSync(fresh, join(folder, 'cluster'));
}

function spawnDetached(path, args, { uid, gid, cwd, logFile }) {
  const out = openSync(logFile, 'a', 0o600);
  const child = spawn(path, args, {
    cwd,
    uid,
    gid,
    detached: true,
    stdio: ['ignore', out, out],
    env: { PATH: process.env.PATH, LC_ALL: 'C' },
  });
  closeSync(out);
  child.on('error', () => {});
  return child;
}

async function waitUntilReady(child, cluster, logFile) {
  const deadline = Date.now() + READY_MS;
  for (;;) {
    const file = readPidFile(cluster);
    if (file?.pid === child.pid && file.status === 'ready') return;
    const ended = child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
    if (ended || Date.now() > deadline) {
      if (!ended) child.kill('SIGQUIT');
      const tail = readFileSync(logFile, 'utf8').trim().split('\n').slice(-15).join('\n');
      throw new Error(`PostgreSQL ${ended ? 'ended while starting' : 'was not ready in time'}:\n${tail}`);
    }
    await pause(POLL_MS);
  }
}

/** Lines of postmaster.pid: pid, data folder, start time, port, socket folder, address, memory, status. */
function readPidFile(cluster) {
  try {
    const lines = readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n');
    return { pid: Number(lines[0]), status: lines[7]?.trim() };
  } catch {
    return undefined;
  }
}

async function stopLeftover(cluster, log) {
  const leftover = readPidFile(cluster);
  if (!leftover || !commandLine(leftover.pid).includes(cluster)) return;
  log(`stopping the database server that an earlier run left behind (process ${leftover.pid})`);
  process.kill(leftover.pid, 'SIGINT');
  if (await gone(leftover.pid, STOP_MS)) return;
  process.kill(leftover.pid, 'SIGQUIT');
  if (!(await gone(leftover.pid, STOP_MS)))
    throw new Error(`the database server ${leftover.pid} does not end`);
}

/** SIGINT: sessions are ended and everything is written; what does not end by that is ended hard. */
async function stopChild(child, exited) {
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL']) {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    let timer;
    await Promise.race([exited, new Promise((resolve) => (timer = setTimeout(resolve, STOP_MS)))]);
    clearTimeout(timer);
  }
}

async function gone(pid, withinMs) {
  const deadline = Date.now() + withinMs;
  while (startTimeOf(pid) !== undefined) {
    if (Date.now() > deadline) return false;
    await pause(POLL_MS);
  }
  return true;
}

function commandLine(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
