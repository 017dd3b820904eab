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

/** Every live process whose command line says `-uuid <vm>`, by VM. */
export async function findVmProcesses(): Promise<Map<string, ProcessIdentity>> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = new Map<string, ProcessIdentity>();
  for (const pid of pids) {
    const vmId = await vmOfProcess(pid);
    const identity = vmId === undefined ? undefined : await identityOf(pid);
    if (vmId !== undefined && identity) found.set(vmId, identity);
  }
  return found;
}

async function vmOfProcess(pid: number): Promise<string | undefined> {
  let words: string[];
  try {
    words = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
  } catch {
    return undefined;
  }
  const option = words.indexOf('-uuid');
  return option === -1 ? undefined : words[option + 1];
}
