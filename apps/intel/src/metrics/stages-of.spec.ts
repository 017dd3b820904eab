import { describe, expect, it } from '@jest/globals';
import { stagesOf } from './stages-of.js';

describe('the stages of an operation', () => {
  it('are the wait, the work, and each kind of step with its time together', () => {
    const step = (text: string, durationUs: number) =>
      ({ step: text, startedAtMs: 0, durationUs, outcome: 'done' }) as const;
    const { seconds, stages } = stagesOf({
      queuedAtMs: 1_000,
      startedAtMs: 1_500,
      finishedAtMs: 4_000,
      steps: [
        step('create-disk 0b9f6f0e', 250_000),
        step('create-disk 9a590c1f', 500_000),
        step('launch', 1_000_000),
      ],
    });
    expect(seconds).toBe(3);
    expect(stages).toEqual([
      { stage: 'queued', seconds: 0.5 },
      { stage: 'running', seconds: 2.5 },
      { stage: 'create-disk', seconds: 0.75 },
      { stage: 'launch', seconds: 1 },
    ]);
  });

  it('never take less than no time, whatever the clocks say', () => {
    const { seconds, stages } = stagesOf({
      queuedAtMs: 5_000,
      startedAtMs: 4_000,
      finishedAtMs: 4_500,
      steps: [],
    });
    expect([seconds, ...stages.map((it) => it.seconds)]).toEqual([0, 0, 0.5]);
  });
});
