/**
 * The DHCP server of one network: a process that outlives the operator, named for good by pid, start time and boot.
 * It reads new reservations by itself; deleted and changed ones it is told of. It has three rights and no other: a
 * root operator takes the rest away, one that is nobody special has no more to give. Its lease file is its name on
 * the command line: one that an operator started and did not live to write down is found by it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readdir, readFile, writeFile } from 'node:fs/promises';
import { type Clock, delay } from '#libs/clock';
import { VmanError } from '#libs/errors';
import { MINIMAL_ENV } from '#libs/qemu';
import { identityOf, isAlive, type ProcessIdentity } from '../runtime/proc.js';

const STARTS_MS = 5_000;
const LOOK_MS = 20;
/** What it binds and sends with, and what it drops groups with when it starts. */
const RIGHTS = '-all,+net_admin,+net_raw,+net_bind_service,+setuid,+setgid';

/** Resolves once it serves. Throws `network_unavailable` with its last words. */
export async function startDhcpServer(
  args: string[],
  logPath: string,
  clock: Clock,
): Promise<ProcessIdentity> {
  await writeFile(logPath, '', { mode: 0o600 });
  const log = await open(logPath, 'a', 0o600);
  try {
    const [program, words] = command(args);
    const child = spawn(program, words, {
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
      env: MINIMAL_ENV,
      cwd: '/',
    });
    let ended = false;
    child.once('exit', () => {
      ended = true;
    });
    await once(child, 'spawn');
    child.unref();
    const deadline = clock.monotonic() + STARTS_MS;
    while (!ended && clock.monotonic() < deadline) {
      if (/started, version/.test(await readFile(logPath, 'utf8'))) {
        const identity = await identityOf(child.pid ?? 0);
        if (identity) return identity;
      }
      await delay(clock, LOOK_MS);
    }
    child.kill('SIGKILL');
    const last = (await readFile(logPath, 'utf8')).trim().split('\n').at(-1);
    throw new VmanError('network_unavailable', `dnsmasq does not start: ${last ?? ''}`);
  } finally {
    await log.close();
  }
}

/** Ends whatever serves from this lease file. */
export async function stopDhcpServers(leases: string, clock: Clock): Promise<void> {
  const found = await findDhcpServers(leases);
  const began = clock.monotonic();
  for (const { pid } of found) signalTo(pid, 'SIGTERM');
  for (const identity of found) {
    while (await isAlive(identity)) {
      if (clock.monotonic() - began > STARTS_MS) signalTo(identity.pid, 'SIGKILL');
      await delay(clock, LOOK_MS);
    }
  }
}

/** Makes it read its reservations again. */
export async function reloadDhcpServer(identity: ProcessIdentity): Promise<void> {
  if (await isAlive(identity)) signalTo(identity.pid, 'SIGHUP');
}

async function findDhcpServers(leases: string): Promise<ProcessIdentity[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      return words.split('\0').includes(leaseWord(leases)) ? identityOf(pid) : undefined;
    }),
  );
  return found.flatMap((it) => it ?? []);
}

export const leaseWord = (leases: string): string => `--dhcp-leasefile=${leases}`;

function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function command(args: string[]): [string, string[]] {
  if (process.geteuid?.() !== 0) return ['dnsmasq', args];
  const own = ['--user=root', '--group=root'];
  return ['setpriv', [`--bounding-set=${RIGHTS}`, '--inh-caps=-all', '--', 'dnsmasq', ...own, ...args]];
}
