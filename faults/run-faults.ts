import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startKeeper } from '#libs/testing';
import { PROJECT } from '../test/e2e/stack/project-root.js';
import { CATALOGUE } from './catalogue/index.js';
import type { Fault } from './fault.js';
import { HostDisk } from './ground/host-disk.js';
import { OwnPostgres } from './ground/own-postgres.js';
import { type FaultOptions, HELP, parseOptions } from './options.js';
import { Random } from './random.js';
import { machineFacts } from './report/machine-facts.js';
import { reliabilityPage } from './report/reliability-page.js';
import { type Summary, summarize } from './report/summarize.js';
import { type RoundResult, runRound } from './round.js';

const WORKERS = 5;

/** Runs rounds with servers of their own; the last line is one JSON object. Gives the exit status. */
export async function runFaults(argv: readonly string[]): Promise<number> {
  const options = readOptions(argv);
  if (!options) return 2;
  if (options.list) {
    for (const { id, name } of CATALOGUE) console.log(`${id.padEnd(4)} ${name}`);
    return 0;
  }
  const wanted = CATALOGUE.filter(({ id }) => options.only.length === 0 || options.only.includes(id));
  if (wanted.length === 0) {
    console.error(`none of ${options.only.join(', ')} is in the catalogue; see --list`);
    return 2;
  }
  const keeper = await startKeeper(join(PROJECT, 'libs/testing/src/keeper/keeper.mjs'));
  try {
    const faults = await possibleHere(wanted);
    if (faults.length === 0) return 2;
    const summary = summarize(options.seed, await runRounds(options, faults));
    if (options.write) {
      writeFileSync(
        join(PROJECT, 'docs', 'RELIABILITY.md'),
        reliabilityPage(CATALOGUE, summary, machineFacts(argv)),
      );
    }
    tell(summary, options);
    return summary.holds ? 0 : 1;
  } finally {
    await keeper.stop();
  }
}

/** Without those that this machine cannot do, and says why. */
async function possibleHere(faults: readonly Fault[]): Promise<readonly Fault[]> {
  const needing = faults.filter(({ needs }) => needs === 'host-disk');
  const lack = needing.length > 0 ? await HostDisk.lack() : undefined;
  if (lack === undefined) return faults;
  console.error(
    `left out here: ${needing.map(({ id }) => id).join(', ')}; no disk of its own for a host: ${lack}`,
  );
  return faults.filter((it) => !needing.includes(it));
}

function readOptions(argv: readonly string[]): FaultOptions | undefined {
  try {
    return parseOptions(argv, Math.floor(Date.now() / 1000) % 1_000_000);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${HELP}`);
    return undefined;
  }
}

async function runRounds(options: FaultOptions, faults: readonly Fault[]): Promise<RoundResult[]> {
  const say = options.json ? () => {} : (line: string) => console.log(line);
  const postgres = await OwnPostgres.start();
  const results: RoundResult[] = [];
  try {
    for (let index = 0; index < options.rounds; index++) {
      const seed = options.seed + index;
      say(`round ${index + 1} of ${options.rounds}, seed ${seed}`);
      const keepIn = join(tmpdir(), 'vman-faults');
      const drawn = options.all ? (dealt(faults, options)[index] ?? []) : faults;
      const count = options.all ? drawn.length : options.faults;
      const result = await runRound(postgres, {
        seed,
        faults: drawn,
        count,
        workers: WORKERS,
        say,
        keepIn,
      });
      const { ok, fail, unknown } = result.outcomes;
      say(`  ${ok} accepted, ${fail} refused, ${unknown} unanswered; at rest after ${result.settledMs} ms`);
      const only = options.all ? drawn.map(({ id }) => id) : options.only;
      if (result.violations.length > 0) say(failureText(result, { only, faults: count }, keepIn));
      results.push(result);
    }
    return results;
  } finally {
    await postgres.stop();
  }
}

/** The faults of each round, in the order of the catalogue, so that a round is replayed by naming them. */
function dealt(faults: readonly Fault[], { seed, rounds }: FaultOptions): Fault[][] {
  const order = new Random(seed).shuffled(faults.map((_, index) => index));
  return Array.from({ length: rounds }, (_, round) =>
    faults.filter((_, index) => order.indexOf(index) % rounds === round),
  );
}

/** All that is needed to look into it, and to try it again. */
function failureText(
  { seed, violations, history }: RoundResult,
  { only, faults }: Pick<FaultOptions, 'only' | 'faults'>,
  kept: string,
): string {
  const said = violations.map(({ invariant, what }) => `  VIOLATED ${invariant}: ${what}`);
  const replay = `npm run faults -- --seed ${seed} --rounds 1 --faults ${faults}${only.length > 0 ? ` --only ${only.join(',')}` : ''}`;
  return [history, ...said, `  logs: ${join(kept, String(seed))}`, `  replay: ${replay}`].join('\n');
}

function tell(summary: Summary, { json }: FaultOptions): void {
  if (!json) {
    for (const [id, { happened, backMs }] of Object.entries(summary.faults)) {
      const times = `${happened} times`.padEnd(9);
      console.log(
        `${id.padEnd(4)} ${times} served again after ${backMs.median} ms, at most ${backMs.max} ms`,
      );
    }
    console.log(`${summary.violations.length} violations in ${summary.rounds} rounds`);
  }
  console.log(JSON.stringify(summary));
}
