/**
 * Whether a process is still the one we started. A pid alone says nothing, since the kernel gives it again; pid,
 * start time and boot id together are unique. The command line is compared too, so that a record of another machine
 * or a damaged one cannot point at a stranger. A zombie counts as gone: it is only waiting for its parent.
 */
import { readFile } from 'node:fs/promises';

export interface ProcessIdentity {
  pid: number;
  startTime: number;
  /** UUID of the VM, which stands in the command line. */
  uuid: string;
}

export interface ProcessStat {
  /** One letter of proc(5); `Z` is a zombie. */
  state: string;
  /** Clock ticks since boot. */
  startTime: number;
}

async function readProc(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
}

/** The text of /proc/PID/stat; the name in parentheses may itself hold spaces and parentheses. */
export function parseStat(text: string): ProcessStat {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', startTime: Number(fields[19]) };
}

/** Undefined when there is no such process. */
export async function processStat(pid: number): Promise<ProcessStat | undefined> {
  const text = await readProc(`/proc/${pid}/stat`);
  return text === undefined ? undefined : parseStat(text);
}

/** In clock ticks since boot; undefined when there is no such process. */
export async function processStartTime(pid: number): Promise<number | undefined> {
  return (await processStat(pid))?.startTime;
}

export async function isSameProcess({ pid, startTime, uuid }: ProcessIdentity): Promise<boolean> {
  const stat = await processStat(pid);
  if (stat === undefined || stat.state === 'Z' || stat.startTime !== startTime) return false;
  const commandLine = (await readProc(`/proc/${pid}/cmdline`)) ?? '';
  return commandLine.split('\0').includes(uuid);
}

let thisBoot: Promise<string> | undefined;

/** Changes with every boot of this machine. */
export function bootId(): Promise<string> {
  thisBoot ??= readFile('/proc/sys/kernel/random/boot_id', 'utf8').then((text) => text.trim());
  return thisBoot;
}

/**
 * Ends a process at once, if it is still the one meant; true when a signal was sent. The identity is checked right
 * before, which leaves a window of microseconds.
 */
export async function killSameProcess(identity: ProcessIdentity): Promise<boolean> {
  if (!(await isSameProcess(identity))) return false;
  try {
    process.kill(identity.pid, 'SIGKILL');
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}
