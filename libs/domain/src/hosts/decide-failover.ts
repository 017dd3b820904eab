/**
 * May a VM of a host that is not heard be started on another one? Silence alone never suffices: an observer has to
 * miss the host too, and another host of the shared pool has to have seen that the lease is over.
 */
import type { HostState, LeaseSight } from '#libs/contracts';
import { HOST_STATE_TABLE } from './host-states.js';

export interface FailoverFacts {
  hostState: HostState;
  /** The observer told that the host is lost, and it is not over. */
  toldLost: boolean;
  /** Why the observer's word does not count now: it is not heard, has its brake on, or only observes. */
  observerLack: string | undefined;
  /** Repairs of it are paused. */
  paused: boolean;
  /** The last generation that its host reached, and the one that turned failover on. */
  observedGeneration: number;
  failoverGeneration: number;
  /** Undefined: nobody could be asked. */
  lease: LeaseSight | undefined;
}

export type FailoverDecision = { kind: 'place'; why: string } | { kind: 'wait'; why: string };

export function decideFailover(facts: FailoverFacts): FailoverDecision {
  const wait = (why: string): FailoverDecision => ({ kind: 'wait', why });
  const { hostState, lease } = facts;
  if (!HOST_STATE_TABLE[hostState].failsOver) return wait(`its host is ${hostState}`);
  if (facts.observerLack !== undefined) return wait(facts.observerLack);
  if (!facts.toldLost) return wait('the observer has not told that its host is lost');
  if (facts.paused) return wait('repairs are paused');
  if (facts.observedGeneration < facts.failoverGeneration) {
    return wait('its host never said that it runs under a lease');
  }
  if (!lease) return wait('no other host with its pool could be asked for its lease');
  switch (lease.state) {
    case 'held':
      return wait('its host still renews its lease, or did until lately');
    case 'unreadable':
      return wait(`its lease cannot be read: ${lease.reason}`);
    case 'over':
      return { kind: 'place', why: 'its host is lost, and its lease is over' };
  }
}
