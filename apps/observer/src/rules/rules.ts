import type { DesiredVm, VmReport } from '#libs/contracts';
import type { Drift, Rule } from '#libs/domain';
import { crashed } from './crashed.rule.js';

/** All rules, in the order in which they are asked. */
const RULES: readonly Rule[] = [crashed];

/** The first drift that a rule finds in one VM. */
export function findDrift(desired: DesiredVm, observed: VmReport, nowMs: number): Drift | undefined {
  for (const rule of RULES) {
    const drift = rule(desired, observed, nowMs);
    if (drift) return drift;
  }
  return undefined;
}
