/** docs/BENCHMARKS.md: each benchmark writes its own section, and says where, when and how it was measured. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { PROJECT } from '../../test/e2e/stack/project-root.js';
import type { Bench, BenchResult } from '../bench.js';

const PAGE = join(PROJECT, 'docs', 'BENCHMARKS.md');
const HEAD = `# Benchmarks

Each section was written by its own command, \`npm run bench -- <name> --write\`, which measures VMAN beside its limit in
the same run and in turn. Trust the ratios more than the milliseconds: both sides of a ratio met the same machine, and
its load (the mean of the minute before the end) says how busy that was.
`;

export interface Measured extends BenchResult {
  bench: Bench;
  lines: string[];
  argv: string[];
}

export function writePage(measured: Measured): void {
  const sections = readSections();
  sections.set(measured.bench.name, sectionOf(measured));
  const sorted = [...sections.keys()].sort().map((name) => sections.get(name));
  writeFileSync(PAGE, `${[HEAD, ...sorted].join('\n')}`);
}

function readSections(): Map<string, string> {
  if (!existsSync(PAGE)) return new Map();
  const [, ...parts] = readFileSync(PAGE, 'utf8').split(/^## /m);
  return new Map(parts.map((part) => [part.split('\n')[0] ?? '', `## ${part.trimEnd()}\n`]));
}

function sectionOf({ bench, lines, figures, holds, why, argv }: Measured): string {
  const command = `npm run bench -- ${argv.join(' ')}`;
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
    cwd: PROJECT,
    encoding: 'utf8',
  }).trim();
  const machine = `${cpus().length} x ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}`;
  const load = loadavg()[0]?.toFixed(1);
  return [
    `## ${bench.name}`,
    '',
    `${bench.what}.`,
    '',
    `Goal: ${bench.goal}. **${holds ? 'Holds' : 'Does not hold'}** in this run.${holds || !why ? '' : ` ${why}`}`,
    '',
    '```',
    ...(lines.length > 0 ? lines : Object.entries(figures).map(([key, value]) => `${key} ${value}`)),
    '```',
    '',
    `\`${command}\`, ${new Date().toISOString().slice(0, 10)}, commit ${commit}, Node ${process.versions.node}, ${machine}, load ${load}.`,
    '',
  ].join('\n');
}
