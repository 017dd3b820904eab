import { join } from 'node:path';
import { startKeeper } from '#libs/testing';
import { PROJECT } from '../test/e2e/stack/project-root.js';

export interface BenchResult {
  figures: Record<string, number>;
  holds: boolean;
}

export interface Bench {
  name: string;
  what: string;
  goal: string;
  run(say: (line: string) => void): Promise<BenchResult>;
}

/** Runs one benchmark with servers of its own; its last line is one JSON object. */
export async function runBench(benches: readonly Bench[], argv: string[]): Promise<number> {
  const [name] = argv.filter((word) => !word.startsWith('--'));
  const bench = benches.find((it) => it.name === name);
  if (!bench) {
    const list = benches.map((it) => `  ${it.name.padEnd(10)} ${it.what}\n             goal: ${it.goal}`);
    console.log(`npm run bench -- <name> [--json]\n\n${list.join('\n')}`);
    return name === undefined ? 0 : 2;
  }
  const say = argv.includes('--json') ? () => {} : (line: string) => console.log(line);
  const keeper = await startKeeper(join(PROJECT, 'libs/testing/src/keeper/keeper.mjs'));
  try {
    const { figures, holds } = await bench.run(say);
    console.log(JSON.stringify({ name: bench.name, figures, goal: bench.goal, holds }));
    return 0;
  } finally {
    await keeper.stop();
  }
}
