import type { DriftDecisionKind, DriftEvent, DriftState, OpenDrift } from '#libs/contracts';
import { type Drift, driftKey } from '#libs/domain';

/** A drift from its finding to its end, as the leader keeps it. */
export interface TrackedDrift {
  readonly driftId: string;
  readonly key: string;
  /** As it was found last; of one that an earlier leader found, what that one told. */
  drift: Drift;
  /** Found by this leader. */
  confirmed: boolean;
  state: DriftState;
  decision: DriftDecisionKind;
  reason: string;
  readonly detectedAtMs: number;
  changedAtMs: number;
  /** The heartbeat of its host in which it was first seen. */
  readonly firstBeat: number;
  repairId: string;
  /** Tries of the present repair. */
  attempts: number;
  /** Unix ms, for those who read it; 0 when none is planned. */
  nextTryAtMs: number;
  /** Before this nothing is tried again. */
  restUntilMonotonicMs: number;
  /** What was told last. */
  told: string;
}

export function trackedOf(drift: Drift, driftId: string, nowMs: number, firstBeat: number): TrackedDrift {
  const { decision } = drift;
  return {
    driftId,
    key: driftKey(drift),
    drift,
    confirmed: true,
    state: 'open',
    decision: decision.kind,
    reason: decision.why,
    detectedAtMs: nowMs,
    changedAtMs: nowMs,
    firstBeat,
    repairId: '',
    attempts: 0,
    nextTryAtMs: 0,
    restUntilMonotonicMs: 0,
    told: '',
  };
}

/** What an earlier leader told of and did not end. */
export function inherited(open: OpenDrift): TrackedDrift {
  const { rule, hostId, vmId, subject, driftId, key, detectedAtMs, repairId } = open;
  const decision = { kind: 'leave', why: 'taken over from the leader before' } as const;
  const about = { generation: 0, exitSeq: 0, expected: '', seen: '', since: detectedAtMs };
  const drift: Drift = { rule, hostId, vmId, subject, ...about, decision };
  const tracked = trackedOf(drift, driftId, detectedAtMs, 0);
  const state = repairId ? 'repairing' : 'open';
  const kept: TrackedDrift = { ...tracked, key, confirmed: false, state, repairId };
  return { ...kept, told: sayingOf(kept) };
}

export const isOver = ({ state }: Pick<TrackedDrift, 'state'>): boolean =>
  state === 'repaired' || state === 'cleared';

/** What it says, without when: told again only when that is another. */
export function sayingOf({ state, decision, reason, repairId, attempts, drift }: TrackedDrift): string {
  return [state, decision, reason, repairId, attempts, drift.seen].join('|');
}

export function driftEventOf(
  tracked: TrackedDrift,
  from: { observerId: string; epoch: number; project: string; name: string },
): DriftEvent {
  const { drift } = tracked;
  return {
    driftId: tracked.driftId,
    key: tracked.key,
    rule: drift.rule,
    hostId: drift.hostId,
    vmId: drift.vmId,
    subject: drift.subject,
    state: tracked.state,
    expected: drift.expected,
    seen: drift.seen,
    decision: tracked.decision,
    reason: tracked.reason,
    generation: drift.generation,
    exitSeq: drift.exitSeq,
    sinceMs: Math.round(drift.since),
    detectedAtMs: tracked.detectedAtMs,
    changedAtMs: tracked.changedAtMs,
    repairId: tracked.repairId,
    attempts: tracked.attempts,
    nextTryAtMs: Math.round(tracked.nextTryAtMs),
    ...from,
  };
}
