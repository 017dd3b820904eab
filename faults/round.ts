/**
 * One round: a fresh trio, random work over a handful of VMs, random faults in between, then quiet, then the checker.
 * The seed fixes which work and which faults in which order; how they meet in time is up to the machine, so a replay
 * repeats the plan, not every race. A fault is over, and everything there again, before the next one begins.
 */
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from './fault.js';
import { type Ground, onGround } from './ground/ground.js';
import type { OwnPostgres } from './ground/own-postgres.js';
import { countedChanges, lostChanges, sharedPorts, strayDisks, unsettled } from './invariants/check-rest.js';
import { readFacts } from './invariants/facts.js';
import { leakedSecrets } from './invariants/leaked-secrets.js';
import { Random } from './random.js';
import type { Violation } from './violation.js';
import { Worker } from './workload/worker.js';

export interface RoundOptions {
  seed: number;
  /** What may happen. */
  faults: readonly Fault[];
  /** How many of them happen. */
  count: number;
  workers: number;
  say: (line: string) => void;
  /** Where the logs and files of a failed round are kept; not at all when left out. */
  keepIn?: string;
}

export interface Injected {
  id: string;
  /** From its end until every host carried out a new change. */
  backMs: number;
}

export interface RoundResult {
  seed: number;
  injected: Injected[];
  outcomes: { ok: number; fail: number; unknown: number };
  /** From the last fault until everything was as desired. */
  settledMs: number;
  failedOperations: Record<string, number>;
  violations: Violation[];
  history: string;
}

const SETTLE_MS = 60_000;
/** At rest it must stay at rest. */
const STILL_MS = 1_500;

/** A round that cannot be run at all is a result too, so that the others go on. */
export async function runRound(postgres: OwnPostgres, options: RoundOptions): Promise<RoundResult> {
  try {
    return await run(postgres, options);
  } catch (error) {
    return {
      seed: options.seed,
      injected: [],
      outcomes: { ok: 0, fail: 0, unknown: 0 },
      settledMs: 0,
      failedOperations: {},
      violations: [{ invariant: 'own', what: `the round could not be run: ${reasonOf(error)}` }],
      history: '',
    };
  }
}

async function run(postgres: OwnPostgres, options: RoundOptions): Promise<RoundResult> {
  const random = new Random(options.seed);
  const plan = drawFaults(options, random);
  const withDisk = plan.some(({ fault }) => fault.needs === 'host-disk');
  return onGround(postgres, { random: random.fork(), withDisk }, async (ground) => {
    const { client, violations, history } = ground;
    const workers = Array.from(
      { length: options.workers },
      (_, index) => new Worker(`worker-${index}`, client, random.fork()),
    );
    for (const worker of workers) worker.start();
    const injected: Injected[] = [];
    for (const { pauseMs, fault, random: drawn } of plan) {
      await pause(pauseMs);
      injected.push(await inject(ground, fault, drawn, options.say));
    }
    const quietSince = performance.now();
    history.note('round', 'last fault over, no more work');
    await Promise.all(workers.map((worker) => worker.stop()));
    const last = await settle(ground, quietSince);
    const settledMs = Math.round(performance.now() - quietSince);
    const models = [...workers.flatMap((worker) => worker.vms), ...ground.bystanders.vms];
    violations.push(
      ...last.unsettled,
      ...lostChanges(last.facts, client.accepted, models),
      ...sharedPorts(last.facts),
      ...strayDisks(last.facts),
      ...countedChanges(last.facts, client.accepted),
      ...leakedSecrets(ground),
    );
    if (violations.length > 0 && options.keepIn) keepFiles(ground, options.keepIn, options.seed);
    const { operations } = last.facts;
    return {
      seed: options.seed,
      injected,
      outcomes: { ok: history.count('ok'), fail: history.count('fail'), unknown: history.count('unknown') },
      settledMs,
      failedOperations: countBy(
        operations.flatMap((it) => (it.status === 'failed' ? [it.error?.code ?? ''] : [])),
      ),
      violations,
      history: history.text(),
    };
  });
}

/** None comes again before each of them came. */
function drawFaults({ faults, count }: RoundOptions, random: Random) {
  let deck: Fault[] = [];
  return Array.from({ length: count }, () => {
    if (deck.length === 0) deck = random.shuffled(faults);
    const fault = deck.pop() ?? random.pick(faults);
    return { fault, pauseMs: random.between(200, 1_500), random: random.fork() };
  });
}

async function inject(
  ground: Ground,
  fault: Fault,
  random: Random,
  say: (line: string) => void,
): Promise<Injected> {
  const { history, bystanders, violations } = ground;
  history.note('fault', `${fault.id} ${fault.name}`, 'begins');
  const before = bystanders.pids();
  try {
    const detail = await fault.happen(ground, random);
    history.note('fault', fault.id, `over: ${detail}`);
    say(`  ${fault.id.padEnd(4)} ${fault.name} ${detail ? `(${detail})` : ''}`);
  } catch (error) {
    violations.push({ invariant: 'own', what: `${fault.id}: ${reasonOf(error)}` });
    history.note('fault', fault.id, `failed: ${reasonOf(error)}`);
  }
  const backMs = await bystanders.untilServed().catch((error) => {
    violations.push({
      invariant: 'I6',
      what: `after ${fault.id} a change was not carried out: ${reasonOf(error)}`,
    });
    return SETTLE_MS;
  });
  history.note('round', `served again after ${backMs} ms`);
  if (!fault.endsGuests) bystanders.compare(before, fault.id);
  return { id: fault.id, backMs };
}

/** Reads until everything is as desired and stays so, or the time is over. */
async function settle(ground: Ground, since: number) {
  let still = 0;
  for (;;) {
    const facts = await readFacts(ground);
    const faults = unsettled(facts);
    const now = performance.now();
    if (faults.length > 0) still = 0;
    else if (still === 0) still = now;
    if ((still > 0 && now - still >= STILL_MS) || now - since > SETTLE_MS)
      return { facts, unsettled: faults };
    await pause(200);
  }
}

function keepFiles({ stack }: Ground, folder: string, seed: number): void {
  const target = join(folder, String(seed));
  mkdirSync(target, { recursive: true });
  cpSync(join(stack.folder, 'logs'), join(target, 'logs'), { recursive: true });
}

/** Its message and that of its cause; errors of the network come from another realm under Jest. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause ? `${message}: ${(cause as Error).message}` : message;
}

function countBy(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}
