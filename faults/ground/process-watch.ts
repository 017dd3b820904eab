import { readdirSync, readFileSync } from 'node:fs';
import type { Violation } from '../violation.js';

const EVERY_MS = 250;
const VM_ID = /guest=([0-9a-f]{8}-[0-9a-f-]{27})/;

/** The QEMU processes of a stack by VM, as the kernel lists them. */
export function qemuByVm(folder: string): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const pid of readdirSync('/proc').map(Number)) {
    if (!(pid > 0)) continue;
    const words = commandOf(pid);
    const vmId = VM_ID.exec(words)?.[1];
    if (!vmId || !words.includes(folder) || !words.split('\0')[0]?.includes('qemu-system')) continue;
    found.set(vmId, [...(found.get(vmId) ?? []), pid]);
  }
  return found;
}

/** The command line of a live process, its words separated by NUL; empty when it ended. */
export function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/** Looks all the time whether a VM has two processes. The same two must be seen twice: one may be about to vanish. */
export class ProcessWatch {
  private readonly timer: NodeJS.Timeout;
  private before = new Map<string, number[]>();
  private readonly told = new Set<string>();

  constructor(
    private readonly folder: string,
    private readonly violations: Violation[],
  ) {
    this.timer = setInterval(() => this.look(), EVERY_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    const now = qemuByVm(this.folder);
    for (const [vmId, pids] of now) {
      const both = pids.filter((pid) => this.before.get(vmId)?.includes(pid));
      if (both.length < 2 || this.told.has(vmId)) continue;
      this.told.add(vmId);
      this.violations.push({ invariant: 'I1', what: `VM ${vmId} runs as ${both.join(' and ')} at once` });
    }
    this.before = now;
  }
}
