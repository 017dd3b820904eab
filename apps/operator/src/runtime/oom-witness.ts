/**
 * Did the kernel end a process because memory ran out? To the process it is a SIGKILL like any other; only the
 * kernel's log tells. The log is followed from its beginning (so kills from before this start are known), and read on
 * at each question; a pid counts only with a kill that came after the process began.
 *
 * Without the right to read the log there is the host's counter of such kills: one that rose since the last look,
 * together with a SIGKILL that nobody here sent, is taken for the answer. Assumes to be asked soon after the end, and
 * `look` to be called every few seconds.
 */
import { constants, openSync, readFileSync, readSync } from 'node:fs';

const KILLED = /^[^;]*;(?:Memory cgroup out of memory|Out of memory)[^:]*: Killed process (\d+)/;
const RECORD_BYTES = 8192;
const TICKS_PER_SECOND = 100;
/** The kernel's log and the start of a process are told by clocks that differ a little. */
const SLACK_US = 1_000_000;

export class OomWitness {
  private readonly kills = new Map<number, number>();
  private readonly log: number | undefined;
  private counter = oomCounter();

  constructor(path = '/dev/kmsg') {
    try {
      this.log = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    } catch {
      this.log = undefined;
    }
    this.look();
  }

  /** Reads on. */
  look(): void {
    if (this.log === undefined) this.counter = oomCounter();
    else this.follow(this.log);
  }

  /** `startTime` in clock ticks since the boot; `signal` as the parent saw it, if there was one. */
  killed(pid: number, startTime: number, signal: string | null | undefined): boolean {
    if (this.log === undefined) return signal === 'SIGKILL' && oomCounter() > this.counter;
    this.follow(this.log);
    const atUs = this.kills.get(pid);
    return atUs !== undefined && atUs + SLACK_US >= (startTime / TICKS_PER_SECOND) * 1_000_000;
  }

  private follow(log: number): void {
    const record = Buffer.alloc(RECORD_BYTES);
    for (;;) {
      try {
        const bytes = readSync(log, record);
        if (bytes === 0) return;
        this.take(record.toString('utf8', 0, bytes));
      } catch (error) {
        // EPIPE: records were overwritten before they were read; the next read goes on after them.
        if ((error as NodeJS.ErrnoException).code !== 'EPIPE') return;
      }
    }
  }

  private take(record: string): void {
    const kill = parseKill(record);
    if (kill) this.kills.set(kill.pid, kill.atUs);
  }
}

/** What one record of the kernel's log says of a kill; pure. */
export function parseKill(record: string): { pid: number; atUs: number } | undefined {
  const pid = KILLED.exec(record)?.[1];
  return pid === undefined ? undefined : { pid: Number(pid), atUs: Number(record.split(',', 3)[2]) };
}

function oomCounter(): number {
  return Number(/^oom_kill (\d+)$/m.exec(readFileSync('/proc/vmstat', 'utf8'))?.[1] ?? 0);
}
