import type { PowerState, Presence } from '#libs/contracts';

/** A VM on a host that is to be emptied. */
export interface DrainFacts {
  presence: Presence;
  desiredPower: PowerState;
  failover: boolean;
  hasProcess: boolean;
  /** Its host has carried the newest change out. */
  settled: boolean;
  /** Disks are being taken out of the machine. */
  leavingDisks: boolean;
  /** Names of the pools of its disks that no other host has. */
  ownDisks: string[];
  /** Snapshots, backups and such that its host is at. */
  openCommands: number;
}

export type DrainDecision =
  | { kind: 'move'; why: string }
  | { kind: 'wait'; why: string }
  /** A person has to do something first. */
  | { kind: 'stay'; why: string };

/** Only what is off, or may be started elsewhere under its lease, moves: there is no live migration. Pure. */
export function decideDrain(facts: DrainFacts): DrainDecision {
  const stay = (why: string): DrainDecision => ({ kind: 'stay', why });
  const wait = (why: string): DrainDecision => ({ kind: 'wait', why });
  if (facts.presence !== 'present') return wait('it is being deleted');
  if (facts.ownDisks.length > 0) {
    return stay(`it has disks in pools that no other host has: ${[...new Set(facts.ownDisks)].join(', ')}`);
  }
  if (!facts.failover && facts.desiredPower !== 'stopped') {
    return stay('it is to run and has no failover; stop it, or turn failover on');
  }
  if (facts.openCommands > 0) return wait('its host is at work on it');
  if (!facts.settled || facts.leavingDisks) return wait('a change of it is on its way');
  if (!facts.failover && facts.hasProcess) return wait('it is being stopped');
  return { kind: 'move', why: facts.failover ? 'it has failover' : 'it is off' };
}
