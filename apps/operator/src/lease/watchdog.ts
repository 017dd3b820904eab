/**
 * The agent's side of the watchdog: one for the host, found again and used by the next agent. Entries are written in
 * place with the same length, since a full folder must never let a guest be ended.
 */
import { spawn } from 'node:child_process';
import { mkdir, open, readFile, rm, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { identityOf, isAlive, type ProcessIdentity } from '../runtime/proc.js';
import { WATCHDOG_PROGRAM } from './watchdog-program.js';

const DIGITS = 14;

export class Watchdog {
  private readonly folder: string;
  private readonly identityFile: string;
  private identity: ProcessIdentity | undefined;
  private starting: Promise<void> | undefined;

  constructor(run: string) {
    this.folder = join(run, 'leases');
    this.identityFile = join(run, 'watchdog.json');
  }

  /** QEMU of this VM ends at `deadlineMs` since the boot. The watchdog runs once this resolves. */
  async guard(vmId: string, pidFile: string, deadlineMs: number): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const at = `${Math.floor(deadlineMs / 10)}`.padStart(DIGITS);
    await writeInPlace(this.entry(vmId), `${at} ${at} ${vmId} ${pidFile}\n`);
    await this.run();
  }

  /** QEMU of this VM is gone, or needs no lease any more. */
  async release(vmId: string): Promise<void> {
    await rm(this.entry(vmId), { force: true });
  }

  /** Whether it ended the last QEMU of this VM; says so once. */
  async takeFenced(vmId: string): Promise<boolean> {
    const mark = `${this.entry(vmId)}.fenced`;
    try {
      await unlink(mark);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    }
  }

  sinceBootMs(): Promise<number> {
    return sinceBootMs();
  }

  private entry(vmId: string): string {
    return join(this.folder, vmId);
  }

  private run(): Promise<void> {
    this.starting ??= this.find().finally(() => {
      this.starting = undefined;
    });
    return this.starting;
  }

  private async find(): Promise<void> {
    this.identity ??= await this.recorded();
    if (this.identity && (await isAlive(this.identity))) return;
    // In a session of its own, with nothing of ours open: it outlives this agent.
    const child = spawn('/bin/sh', ['-c', WATCHDOG_PROGRAM, 'vman-watchdog', this.folder], {
      detached: true,
      stdio: 'ignore',
      cwd: '/',
      env: { PATH: process.env.PATH ?? '/usr/bin:/bin' },
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    child.unref();
    this.identity = child.pid === undefined ? undefined : await identityOf(child.pid);
    await writeFile(this.identityFile, JSON.stringify(this.identity ?? {}), { mode: 0o600 }).catch(() => {});
  }

  private async recorded(): Promise<ProcessIdentity | undefined> {
    try {
      return JSON.parse(await readFile(this.identityFile, 'utf8')) as ProcessIdentity;
    } catch {
      return undefined;
    }
  }
}

async function writeInPlace(path: string, text: string): Promise<void> {
  const file = await open(path, 'r+').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return open(path, 'wx', 0o600);
    throw error;
  });
  try {
    await file.write(text, 0);
  } finally {
    await file.close();
  }
}

/** Milliseconds since the boot, the time that the machine slept included. */
async function sinceBootMs(): Promise<number> {
  return Math.round(Number((await readFile('/proc/uptime', 'utf8')).split(' ')[0]) * 1000);
}
