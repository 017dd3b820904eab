/**
 * The time limits that have to fit each other, in ms. `timers.spec.ts` checks the inequalities.
 */
export const TIMERS = {
  /** An operator's heartbeat, +- HEARTBEAT_JITTER. */
  heartbeat: 2_000,
  /** A host is suspect after this silence. */
  hostSuspect: 6_000,
  /** Its VMs are `unknown` after this silence. */
  hostUnknown: 10_000,
  /** A host is lost after this silence: a lease that it does not renew is over. */
  hostLost: 45_000,
  /** The observer's beacon. */
  beacon: 1_000,
  /** An operator decides on restarts itself once no beacon was heard for this long. */
  beaconLost: 5_000,
  /** The holder of a lease renews it. */
  leaseRenewed: 3_000,
  /** A holder that could not renew stops its QEMU. */
  leaseOwnStop: 10_000,
  /** A stop of the agent that was announced may take this much longer, for its restart or upgrade. */
  leaseRest: 60_000,
  /** Another host may take a lease that it saw unchanged for this long. */
  leaseTakeover: 25_000,
  /** An operation without progress is published again. */
  republish: 15_000,
  /** After its start or a reconnect the observer makes no repair that rests on absence. */
  observerGrace: 10_000,
} as const;

export const HEARTBEAT_JITTER = 0.1;
