import type { RoundResult } from '../round.js';
import type { Violation } from '../violation.js';

export interface Spread {
  median: number;
  max: number;
}

export interface FaultFigures {
  happened: number;
  /** Ms from its end until every host carried out a new change. */
  backMs: Spread;
}

export interface Summary {
  name: 'faults';
  rounds: number;
  seed: number;
  faults: Record<string, FaultFigures>;
  /** Requests by what came of them. */
  requests: { ok: number; fail: number; unknown: number };
  settledMs: Spread;
  failedOperations: Record<string, number>;
  violations: (Violation & { seed: number })[];
  holds: boolean;
}

/** All rounds together. Pure. */
export function summarize(seed: number, rounds: readonly RoundResult[]): Summary {
  const backs = new Map<string, number[]>();
  const failedOperations: Record<string, number> = {};
  for (const { injected, failedOperations: failed } of rounds) {
    for (const { id, backMs } of injected) backs.set(id, [...(backs.get(id) ?? []), backMs]);
    for (const [code, count] of Object.entries(failed)) {
      failedOperations[code] = (failedOperations[code] ?? 0) + count;
    }
  }
  const sum = (key: 'ok' | 'fail' | 'unknown') =>
    rounds.reduce((total, { outcomes }) => total + outcomes[key], 0);
  const violations = rounds.flatMap((round) => round.violations.map((it) => ({ ...it, seed: round.seed })));
  return {
    name: 'faults',
    rounds: rounds.length,
    seed,
    faults: Object.fromEntries(
      [...backs].map(([id, ms]) => [id, { happened: ms.length, backMs: spreadOf(ms) }]),
    ),
    requests: { ok: sum('ok'), fail: sum('fail'), unknown: sum('unknown') },
    settledMs: spreadOf(rounds.map((round) => round.settledMs)),
    failedOperations,
    violations,
    holds: violations.length === 0,
  };
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  return { median: sorted[Math.floor(sorted.length / 2)] ?? 0, max: sorted.at(-1) ?? 0 };
}
