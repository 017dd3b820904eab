import { Inject, Injectable, Logger } from '@nestjs/common';
import { OPERATION_KINDS, type OperationStatus } from '#libs/contracts/http';
import { type LogContext, withContext } from '#libs/logging';
import { counter, histogram } from '#libs/metrics';
import { Database, type EndedOperation } from '../db-operator/index.js';
import { stagesOf } from './stages-of.js';

const ENDS: readonly OperationStatus[] = ['succeeded', 'failed', 'cancelled'];
/** An operation that took longer is named in the log, with what it spent the time on. */
const SLOW_SECONDS = 30;
const SECONDS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800];

/** How operations end and how long they take; slow ones are logged with their stages. */
@Injectable()
export class OperationMetrics {
  private readonly logger = new Logger(OperationMetrics.name);

  private readonly ended = counter({
    name: 'vman_operations_total',
    help: 'Operations that ended, by kind and how.',
    labelNames: ['kind', 'status'],
  });

  private readonly seconds = histogram({
    name: 'vman_operation_seconds',
    help: 'From the request of an operation to its end.',
    labelNames: ['kind'],
    buckets: SECONDS,
  });

  private readonly stages = histogram({
    name: 'vman_operation_stage_seconds',
    help: 'What an operation spent its time on: queued, running, and the steps on its host.',
    labelNames: ['kind', 'stage'],
    buckets: SECONDS,
  });

  constructor(@Inject(Database) database: Database) {
    // A series that begins with its first event hides that event: a rate needs a sample before it.
    for (const kind of OPERATION_KINDS) {
      this.seconds.zero({ kind });
      for (const status of ENDS) this.ended.inc({ kind, status }, 0);
    }
    database.onEnded((operation) => this.note(operation));
  }

  note(operation: EndedOperation): void {
    const { kind, status } = operation;
    const { seconds, stages } = stagesOf(operation);
    this.ended.inc({ kind, status });
    this.seconds.observe({ kind }, seconds);
    for (const { stage, seconds } of stages) this.stages.observe({ kind, stage }, seconds);
    if (seconds < SLOW_SECONDS) return;
    const { errorCode } = operation;
    const spent = Object.fromEntries(stages.map((it) => [it.stage, it.seconds]));
    withContext(contextOf(operation), () =>
      this.logger.log(
        { kind, status, errorCode, seconds, stages: spent, slow: true },
        'a slow operation ended',
      ),
    );
  }
}

function contextOf({ id, requestId, vmId, hostId, traceparent }: EndedOperation): LogContext {
  return {
    operationId: id,
    requestId,
    ...(vmId && { vmId }),
    ...(hostId && { hostId }),
    ...(traceparent && { traceparent }),
  };
}
