import { describe, expect, it } from '@jest/globals';
import { retryDelay } from './retry.js';
import { HEARTBEAT_JITTER, TIMERS } from './timers.js';

describe('the timers', () => {
  const slowestBeat = TIMERS.heartbeat * (1 + HEARTBEAT_JITTER);

  it('forgive two lost heartbeats before a host is suspect or unknown', () => {
    expect(TIMERS.hostSuspect).toBeGreaterThan(2 * slowestBeat);
    expect(TIMERS.hostUnknown).toBeGreaterThan(TIMERS.hostSuspect);
  });

  it('let a lost beacon be noticed well before a host would count as unknown', () => {
    expect(TIMERS.beaconLost).toBeGreaterThan(3 * TIMERS.beacon);
    expect(TIMERS.beaconLost).toBeLessThan(TIMERS.hostUnknown);
  });

  it('stop the holder of a lease long before another may take it', () => {
    expect(TIMERS.leaseOwnStop).toBeGreaterThan(3 * TIMERS.leaseRenewed);
    expect(TIMERS.leaseTakeover).toBeGreaterThan(2 * TIMERS.leaseOwnStop);
  });

  it('call a host lost only when a lease that it does not renew is over', () => {
    expect(TIMERS.hostLost).toBeGreaterThan(TIMERS.hostUnknown + TIMERS.leaseTakeover);
  });

  it('keep the observer still for as long as every host needs to report', () => {
    expect(TIMERS.observerGrace).toBeGreaterThan(2 * slowestBeat);
  });
});

describe('retryDelay', () => {
  it('tries again only what may go away by itself, ever more slowly', () => {
    expect(retryDelay('hypervisor_error', 0)).toBeUndefined();
    expect(retryDelay('guest_refused', 0)).toBeUndefined();
    expect(retryDelay('storage_full', 0)).toBe(2_000);
    expect(retryDelay('storage_full', 1)).toBe(4_000);
    expect(retryDelay('storage_full', 30)).toBe(60_000);
  });
});
