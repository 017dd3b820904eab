import type { RepairPause } from '#libs/contracts';
import type { DriftDecision } from '#libs/domain';
import type { Brake } from './brake.js';

export interface GateFacts {
  decision: DriftDecision & { kind: 'repair' };
  observeOnly: boolean;
  brake: Brake;
  pause: RepairPause | undefined;
  /** Within the grace after a start or a reconnect, or while the desired state is read or seeded anew. */
  resting: boolean;
  /** Heartbeats of its host since it was first seen, that one included. */
  sightings: number;
  /** The starts of its host are used up for now. */
  hostStartsUsedUp: boolean;
}

export interface Hold {
  why: string;
  /** Looked at again after this; undefined: whoever lifts it looks at everything again. */
  againInMs: number | undefined;
}

const SOON_MS = 1_000;

/** Why a repair that is due is not made now; undefined when it may be. Pure. */
export function whyHeld(facts: GateFacts): Hold | undefined {
  const { decision, observeOnly, brake, pause, resting, sightings, hostStartsUsedUp } = facts;
  const forNow = (why: string): Hold => ({ why, againInMs: undefined });
  const shortly = (why: string): Hold => ({ why, againInMs: SOON_MS });
  if (observeOnly) return forNow('this observer only observes');
  if (brake.engaged) return forNow(`the brake is on: ${brake.reason}`);
  if (pause) {
    const over = pause.scope === 'fleet' ? 'the fleet' : `this ${pause.scope}`;
    return { why: `repairs are paused for ${over}`, againInMs: pause.remainingMs };
  }
  if (resting && decision.inGrace === 'rests')
    return shortly('the view is new: what is seen is compared first');
  if (sightings < decision.sightings) return shortly('seen once; it is looked for again first');
  if (decision.action === 'restart' && hostStartsUsedUp) {
    return shortly('the starts of this host are used up for now');
  }
  return undefined;
}
