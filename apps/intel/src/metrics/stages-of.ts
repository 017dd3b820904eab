import type { EndedOperation } from '../db-operator/index.js';

export interface Stage {
  stage: string;
  seconds: number;
}

/** What an operation spent its time on. A step is named by its first word: what follows names one thing of many. */
export function stagesOf(
  operation: Pick<EndedOperation, 'queuedAtMs' | 'startedAtMs' | 'finishedAtMs' | 'steps'>,
): {
  seconds: number;
  stages: Stage[];
} {
  const { queuedAtMs, startedAtMs, finishedAtMs, steps } = operation;
  const between = (from: number, to: number) => Math.max(0, to - from) / 1000;
  const byStep = new Map<string, number>();
  for (const { step, durationUs } of steps) {
    const stage = /^[a-z-]+/.exec(step)?.[0] ?? 'other';
    byStep.set(stage, (byStep.get(stage) ?? 0) + durationUs / 1_000_000);
  }
  return {
    seconds: between(queuedAtMs, finishedAtMs),
    stages: [
      { stage: 'queued', seconds: between(queuedAtMs, startedAtMs) },
      { stage: 'running', seconds: between(startedAtMs, finishedAtMs) },
      ...[...byStep].map(([stage, seconds]) => ({ stage, seconds })),
    ],
  };
}
