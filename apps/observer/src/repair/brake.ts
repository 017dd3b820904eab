/**
 * When too much of the fleet differs at once, the observer itself is the likeliest fault: it stops repairing and says
 * so. Two things engage the brake: many hosts that fell silent in one window, and repairs that passed their budget. It
 * is released with hysteresis, so that a fleet at the edge does not make it flap. Pure: facts and the brake as it is
 * in, the brake as it is to be out.
 */
import { TIMERS } from '#libs/domain';

type BrakeCause = 'silence' | 'budget';

export type Brake =
  | { engaged: false }
  | { engaged: true; cause: BrakeCause; reason: string; since: number; calmSince: number | undefined };

export const RELEASED: Brake = { engaged: false };

/** Hosts that fell silent within so much time fell silent together. */
export const SILENCE_WINDOW_MS = 60_000;
/** The least share of the fleet, and the least number of hosts, that engages it; or all of them. */
const SILENT_SHARE = 0.3;
const SILENT_LEAST = 3;
/** Below half of that for so long, it is released. */
export const CALM_MS = 10_000;
/** A silence that nothing was added to for so long is a fact about the hosts, and no fault of the observer. */
export const SETTLED_MS = 600_000;
/** How much of the budget has to be back. */
const BUDGET_BACK = 0.5;

export interface BrakeFacts {
  /** How long each known host was not heard, in ms. */
  silences: readonly number[];
  /** A repair was due and the budget was used up. */
  budgetPassed: boolean;
  /** How much of the budget is left, 0 to 1. */
  budgetShare: number;
  /** Monotonic ms. */
  now: number;
}

export function decideBrake(brake: Brake, facts: BrakeFacts): Brake {
  return brake.engaged ? decideEngaged(brake, facts) : decideReleased(facts);
}

function decideReleased({ silences, budgetPassed, now }: BrakeFacts): Brake {
  const together = silences.filter(isSilentSince(SILENCE_WINDOW_MS)).length;
  const all = silences.length;
  const many = together >= SILENT_LEAST && together >= all * SILENT_SHARE;
  if (many || (all > 0 && together === all)) {
    const reason = `${together} of ${all} hosts fell silent within ${SILENCE_WINDOW_MS / 1000} s`;
    return { engaged: true, cause: 'silence', reason, since: now, calmSince: undefined };
  }
  if (!budgetPassed) return RELEASED;
  const reason = 'repairs passed their budget';
  return { engaged: true, cause: 'budget', reason, since: now, calmSince: undefined };
}

function decideEngaged(brake: Brake & { engaged: true }, facts: BrakeFacts): Brake {
  const { now } = facts;
  if (!isCalm(brake, facts)) return { ...brake, calmSince: undefined };
  const calmSince = brake.calmSince ?? now;
  return now - calmSince >= CALM_MS ? RELEASED : { ...brake, calmSince };
}

function isCalm({ cause, since }: Brake & { engaged: true }, facts: BrakeFacts): boolean {
  const { silences, budgetShare, now } = facts;
  switch (cause) {
    case 'budget':
      return budgetShare >= BUDGET_BACK;
    case 'silence': {
      const still = silences.filter(isSilentSince(now - since + SILENCE_WINDOW_MS));
      if (still.length === 0) return true;
      const newest = Math.min(...still) - TIMERS.hostUnknown;
      const few = still.length < Math.max(SILENT_LEAST, silences.length * SILENT_SHARE) / 2;
      return (few && still.length < silences.length) || newest >= SETTLED_MS;
    }
  }
}

/** Silent now, and not longer than that. */
const isSilentSince = (windowMs: number) => (silence: number) =>
  silence > TIMERS.hostUnknown && silence <= TIMERS.hostUnknown + windowMs;
