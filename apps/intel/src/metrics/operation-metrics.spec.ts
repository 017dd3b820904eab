import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { currentContext } from '#libs/logging';
import type { Database, EndedOperation } from '../db-operator/index.js';
import { OperationMetrics } from './operation-metrics.js';

const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const START = 1_000;

const operation = (seconds: number): EndedOperation => ({
  id: 'o-1',
  kind: 'vm.start',
  status: 'succeeded',
  vmId: 'v-1',
  hostId: 'h-1',
  requestId: 'r-1',
  errorCode: null,
  traceparent: TRACE,
  queuedAtMs: START,
  startedAtMs: START + 2_000,
  finishedAtMs: START + seconds * 1_000,
  steps: [{ step: 'launch', startedAtMs: START + 2_000, durationUs: 3_000_000, outcome: 'done' }],
});

describe('an operation that ended', () => {
  let end: (operation: EndedOperation) => void;
  const lines: object[] = [];
  const take = (line: object) => void lines.push({ ...currentContext(), ...line });

  beforeAll(() => {
    Logger.overrideLogger({ log: take, warn: take, error: take });
    const database: Pick<Database, 'onEnded'> = {
      onEnded: (listener) => {
        end = listener;
      },
    };
    new OperationMetrics(database as Database);
  });
  beforeEach(() => {
    lines.length = 0;
  });
  afterAll(() => Logger.overrideLogger(true));

  it('and was slow is logged with its stages, under its ids and its trace', () => {
    end(operation(40));
    expect(lines).toEqual([
      {
        operationId: 'o-1',
        requestId: 'r-1',
        vmId: 'v-1',
        hostId: 'h-1',
        traceparent: TRACE,
        kind: 'vm.start',
        status: 'succeeded',
        errorCode: null,
        seconds: 40,
        stages: { queued: 2, running: 38, launch: 3 },
        slow: true,
      },
    ]);
  });

  it('is not logged when it was quick', () => {
    end(operation(29));
    expect(lines).toEqual([]);
  });
});
