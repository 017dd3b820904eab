/** What processes take, read from /proc. */
import { readdirSync, readFileSync } from 'node:fs';

const TICKS_A_SECOND = 100;

export interface Load {
  cpuSeconds: number;
  /** Resident memory; of `privateMiB` only what no other process shares. */
  rssMiB: number;
  privateMiB: number;
}

/** The processes whose command line has this in it. */
export function processesWith(...words: string[]): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      const line = read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');
      return words.every((word) => line.includes(word));
    });
}

/** All of them together; one that has ended counts nothing. */
export function loadOf(pids: number[]): Load {
  const total: Load = { cpuSeconds: 0, rssMiB: 0, privateMiB: 0 };
  for (const pid of pids) {
    const stat = read(`/proc/${pid}/stat`).split(') ')[1]?.split(' ') ?? [];
    total.cpuSeconds += (Number(stat[11] ?? 0) + Number(stat[12] ?? 0)) / TICKS_A_SECOND;
    const rollup = read(`/proc/${pid}/smaps_rollup`);
    total.rssMiB += kib(rollup, 'Rss') / 1024;
    total.privateMiB += (kib(rollup, 'Private_Clean') + kib(rollup, 'Private_Dirty')) / 1024;
  }
  return total;
}

const kib = (rollup: string, field: string) =>
  Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(rollup)?.[1] ?? 0);

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
