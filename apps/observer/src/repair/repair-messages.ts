import type { Command, CommandAction, RepairEvent } from '#libs/contracts';
import type { Drift, DriftDecision } from '#libs/domain';

/** A repair that its host did not get to in this time is refused there; the drift is then found anew. */
const REPAIR_DEADLINE_MS = 60_000;

export interface RepairOrder {
  drift: Drift;
  decision: DriftDecision & { kind: 'repair' };
  repairId: string;
  epoch: number;
  attempt: number;
  detectedAtMs: number;
  nowMs: number;
  /** The generation that runs elsewhere, of a copy that is to stop. */
  newerGeneration: number;
}

/** The command for the host, unless intel is the one to act, and the record for intel. */
export function repairMessages(order: RepairOrder): {
  command: Command | undefined;
  event: RepairEvent;
} {
  const { drift, decision, repairId, epoch, attempt, detectedAtMs, nowMs } = order;
  const { rule, generation, exitSeq, hostId, vmId } = drift;
  const action = actionOf(order);
  return {
    command: action && {
      operationId: repairId,
      hostId,
      vmId,
      deadlineAtMs: nowMs + REPAIR_DEADLINE_MS,
      // A copy is older than what is wanted: its host waits for nothing.
      minGeneration: decision.action === 'stop-copy' ? 0 : generation,
      cause: { operationId: repairId, requestId: '', origin: 'observer' },
      action,
    },
    event: {
      repairId,
      hostId,
      vmId,
      rule,
      expected: drift.expected,
      seen: drift.seen,
      reason: decision.why,
      generation,
      exitSeq,
      detectedAtMs,
      decidedAtMs: nowMs,
      action: decision.action,
      origin: 'observer',
      epoch,
      attempt,
    },
  };
}

function actionOf({
  drift,
  decision,
  repairId,
  epoch,
  newerGeneration,
}: RepairOrder): CommandAction | undefined {
  const { rule, generation, exitSeq } = drift;
  switch (decision.action) {
    case 'restart':
      return { $case: 'repair', value: { repairId, rule, generation, exitSeq, epoch } };
    case 'converge':
      return { $case: 'converge', value: { repairId, rule, generation, epoch } };
    case 'stop-copy':
      return { $case: 'stopCopy', value: { repairId, rule, newerGeneration, epoch } };
    case 'tell-again':
      return undefined;
  }
}
