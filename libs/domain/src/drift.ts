import type { DesiredVm, DriftRule, VmReport } from '#libs/contracts';

/** What a rule of the observer found: what was expected, what was seen, and what would mend it. */
export interface Drift {
  rule: DriftRule;
  vmId: string;
  hostId: string;
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
  | { kind: 'repair'; why: string }
  | { kind: 'wait'; untilMs: number; why: string }
  | { kind: 'leave'; why: string };

/** Looks at one VM. `observed` is the newest row of its host. */
export type Rule = (desired: DesiredVm, observed: VmReport, nowMs: number) => Drift | undefined;
