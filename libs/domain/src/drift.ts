import type { DriftRule, RepairAction } from '#libs/contracts';

/** What a rule of the observer found: what was expected, what was seen, and what would mend it. */
export interface Drift {
  rule: DriftRule;
  hostId: string;
  /** Empty when it is the host's. */
  vmId: string;
  /** What of it: a disk, a process, an exit; empty when there is nothing to name. */
  subject: string;
  /** The generation that it was decided for; 0 when it is about none. */
  generation: number;
  /** The exit it is about; 0 when it is about none. */
  exitSeq: number;
  expected: string;
  seen: string;
  /** Unix ms. */
  since: number;
  decision: DriftDecision;
}

export type DriftDecision =
  | {
      kind: 'repair';
      action: RepairAction;
      why: string;
      /** Heartbeats in which it must have been seen; 2 where being wrong would destroy. */
      sightings: 1 | 2;
      /** Whether it waits for the grace after a start or a reconnect: only what a host itself told goes on. */
      inGrace: 'acts' | 'rests';
    }
  | { kind: 'wait'; untilMs: number; why: string }
  | { kind: 'leave'; why: string };

/** Names a drift among those that are open at a time. */
export function driftKey({ rule, hostId, vmId, subject }: Omit<Drift, 'decision'>): string {
  return [rule, hostId, vmId, subject].join('/');
}
