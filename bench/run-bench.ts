import { join } from 'node:path';
import { startKeeper } from '#libs/testing';
import { PROJECT } from '../test/e2e/stack/project-root.js';
import type { Bench, BenchOptions } from './bench.js';
import { writePage } from './report/write-page.js';

/** Runs one benchmark with servers of its own; its last line is one JSON object. */
export async function runBench(benches: readonly Bench[], argv: string[]): Promise<number> {
  const { name, flags, options } = read(argv);
  const bench = benches.find((it) => it.name === name);
  if (!bench) {
    const list = benches.map((it) => `  ${it.name.padEnd(10)} ${it.what}\n             goal: ${it.goal}`);
    console.log(`npm run bench -- <name> [--json] [--write]\n\n${list.join('\n')}`);
    return name === undefined ? 0 : 2;
  }
  const lines: string[] = [];
  const say = (line: string) => {
    lines.push(line);
    if (!flags.includes('--json')) console.log(line);
  };
  const keeper = await startKeeper(join(PROJECT, 'libs/testing/src/keeper/keeper.mjs'));
  try {
    const { figures, holds, why } = await bench.run(say, options);
    if (flags.includes('--write')) writePage({ bench, lines, figures, holds, why, argv });
    console.log(JSON.stringify({ name: bench.name, figures, goal: bench.goal, holds }));
    return 0;
  } finally {
    await keeper.stop();
  }
}

function read(argv: string[]): { name: string | undefined; flags: string[]; options: BenchOptions } {
  const [name, ...rest] = argv;
  const options: BenchOptions = {};
  const flags: string[] = [];
  for (const [index, word] of rest.entries()) {
    const value = rest[index + 1];
    if (!word.startsWith('--')) continue;
    if (value !== undefined && !value.startsWith('--')) options[word.slice(2)] = value;
    else flags.push(word);
  }
  return { name, flags, options };
}
