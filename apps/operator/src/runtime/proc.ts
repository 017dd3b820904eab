/** Names processes for good. A pid alone names nothing: only pid, start time and boot together do. */
import { readdir, readFile } from 'node:fs/promises';
import { bootId, processStat } from '#libs/qemu';

export interface ProcessIdentity {
  pid: number;
  /** Clock ticks since the boot. */
  startTime: number;
  bootId: string;
}

/** Undefined when there is no such process, or only its zombie. */
export async function identityOf(pid: number): Promise<ProcessIdentity | undefined> {
  const stat = await processStat(pid);
  if (!stat || stat.state === 'Z') return undefined;
  return { pid, startTime: stat.startTime, bootId: await bootId() };
}

/** Is it this very process, and not a later one with the same pid? */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  const now = await identityOf(identity.pid);
  return now?.startTime === identity.startTime && now.bootId === identity.bootId;
}

/** A process whose command line says `-uuid <vm>`. */
export interface VmProcess {
  vmId: string;
  identity: ProcessIdentity;
  pidFile: string | undefined;
}

/** All of them that live. */
export async function findVmProcesses(): Promise<VmProcess[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  return (await Promise.all(pids.map(vmProcess))).flatMap((it) => it ?? []);
}

async function vmProcess(pid: number): Promise<VmProcess | undefined> {
  let words: string[];
  try {
    words = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
  } catch {
    return undefined;
  }
  const wordAfter = (option: string) => words[words.indexOf(option) + 1 || words.length];
  const vmId = wordAfter('-uuid');
  const identity = vmId === undefined ? undefined : await identityOf(pid);
  return vmId !== undefined && identity ? { vmId, identity, pidFile: wordAfter('-pidfile') } : undefined;
}
