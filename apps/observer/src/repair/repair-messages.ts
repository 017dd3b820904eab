import type { Command, RepairEvent } from '#libs/contracts';
import type { Drift } from '#libs/domain';

/** A repair that its host did not get to in this time is refused there; the drift is then found anew. */
const REPAIR_DEADLINE_MS = 60_000;

export interface RepairMessages {
  command: Command;
  event: RepairEvent;
}

/** The command for the host and the record for intel, of one repair. */
export function repairMessages(drift: Drift, repairId: string, nowMs: number): RepairMessages {
  const { rule, generation, exitSeq, hostId, vmId } = drift;
  return {
    command: {
      operationId: repairId,
      hostId,
      vmId,
      deadlineAtMs: nowMs + REPAIR_DEADLINE_MS,
      minGeneration: generation,
      cause: { operationId: repairId, requestId: '', origin: 'observer' },
      action: { $case: 'repair', value: { repairId, rule, generation, exitSeq } },
    },
    event: {
      repairId,
      hostId,
      vmId,
      rule,
      expected: drift.expected,
      seen: drift.seen,
      reason: drift.decision.why,
      generation,
      exitSeq,
      detectedAtMs: nowMs,
      decidedAtMs: nowMs,
    },
  };
}
