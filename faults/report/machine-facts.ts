import { execFileSync } from 'node:child_process';
import { cpus, release, totalmem } from 'node:os';
import { PROJECT } from '../../test/e2e/stack/project-root.js';

export interface MachineFacts {
  machine: string;
  commit: string;
  /** YYYY-MM-DD. */
  date: string;
  /** What was typed to get them. */
  command: string;
}

/** Where, when and of what the figures are. */
export function machineFacts(argv: readonly string[]): MachineFacts {
  const processors = cpus();
  const memoryGib = Math.round(totalmem() / 2 ** 30);
  return {
    machine: `${processors.length} x ${processors[0]?.model.trim() ?? 'unknown'}, ${memoryGib} GiB, Linux ${release()}, ${firstLine('qemu-system-x86_64', ['--version'])}, Node ${process.version}`,
    commit: firstLine('git', ['-C', PROJECT, 'rev-parse', '--short', 'HEAD']),
    date: new Date().toISOString().slice(0, 10),
    command: `npm run faults -- ${argv.join(' ')}`,
  };
}

function firstLine(program: string, args: string[]): string {
  try {
    return execFileSync(program, args, { encoding: 'utf8' }).split('\n')[0]?.trim() ?? '';
  } catch {
    return `no ${program}`;
  }
}
