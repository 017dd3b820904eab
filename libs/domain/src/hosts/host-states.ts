/** The states of a host in one table, and how its state follows from what is known. Pure. */
import { HOST_STATES, type HostState, type Upkeep } from '#libs/contracts';
import { TIMERS } from '../timers.js';

export interface HostStateInfo {
  meaning: string;
  /** New VMs may be placed there. */
  takesVms: boolean;
  /** What its host says of its VMs holds; otherwise they are `unknown`. */
  vmsAreKnown: boolean;
  /** VMs with failover may be placed again elsewhere, once their leases are over. */
  failsOver: boolean;
}

export const HOST_STATE_TABLE: Readonly<Record<HostState, HostStateInfo>> = {
  ready: {
    meaning: 'Heard in time; open to new VMs.',
    takesVms: true,
    vmsAreKnown: true,
    failsOver: false,
  },
  suspect: {
    meaning: 'Some heartbeats are missing, or its agent said that it goes down.',
    takesVms: false,
    vmsAreKnown: true,
    failsOver: false,
  },
  unknown: {
    meaning: 'Not heard in time; its VMs may well run.',
    takesVms: false,
    vmsAreKnown: false,
    failsOver: true,
  },
  cordoned: {
    meaning: 'Closed to new VMs by an administrator; what runs there goes on.',
    takesVms: false,
    vmsAreKnown: true,
    failsOver: false,
  },
  draining: {
    meaning: 'Closed, and its VMs that can move are moved to other hosts.',
    takesVms: false,
    vmsAreKnown: true,
    failsOver: false,
  },
  maintenance: {
    meaning: 'Closed, and expected to be away: nothing is placed again because of it.',
    takesVms: false,
    vmsAreKnown: true,
    failsOver: false,
  },
  lost: {
    meaning: 'Not heard for so long that no lease is left that it does not renew.',
    takesVms: false,
    vmsAreKnown: false,
    failsOver: true,
  },
};

export interface HostStateFacts {
  /** Since its last heartbeat; undefined: there was none. */
  silentMs: number | undefined;
  upkeep: Upkeep;
  /** Its agent said that it goes down. */
  leaving: boolean;
}

/** Silence says more than what was asked for, except of a host that is expected to be silent. */
export function hostState({ silentMs, upkeep, leaving }: HostStateFacts): HostState {
  const silent = silentMs === undefined || silentMs >= TIMERS.hostUnknown;
  if (upkeep === 'maintenance') return 'maintenance';
  if (silent) return silentMs !== undefined && silentMs >= TIMERS.hostLost ? 'lost' : 'unknown';
  if (silentMs >= TIMERS.hostSuspect || leaving) return 'suspect';
  return upkeep === 'open' ? 'ready' : upkeep;
}

/** For the docs. */
export function hostStateTable(): string {
  const yes = (it: boolean) => (it ? 'yes' : 'no');
  const rows = HOST_STATES.map((state) => {
    const { meaning, takesVms, vmsAreKnown, failsOver } = HOST_STATE_TABLE[state];
    return `| \`${state}\` | ${meaning} | ${yes(takesVms)} | ${yes(vmsAreKnown)} | ${yes(failsOver)} |`;
  });
  return [
    '| state | means | takes new VMs | its VMs are known | its failover VMs are placed again |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}
