import { describe, expect, it } from '@jest/globals';
import type { Observer } from '#libs/client';
import { aDrift, aPool } from '../../../../test/fake-api/more-builders.js';
import { driftFindings, observerFindings, poolFindings } from './check-coherence.js';

const observer = (changes: Partial<Observer> = {}): Observer => ({
  heard: true,
  epoch: 1,
  decides: true,
  observeOnly: false,
  brake: false,
  openDrifts: 2,
  pauses: 0,
  ...changes,
});
const statuses = (found: { status: string }[]) => found.map(({ status }) => status);

describe('the doctor', () => {
  it('misses the observer, its brake, and repairs that are off', () => {
    expect(statuses(observerFindings(observer()))).toEqual(['ok']);
    expect(statuses(observerFindings(observer({ heard: false })))).toEqual(['fault']);
    const held = observerFindings(
      observer({ brake: true, brakeReason: 'half', observeOnly: true, pauses: 1 }),
    );
    expect(statuses(held)).toEqual(['fault', 'warning', 'warning']);
    expect(held[0]?.message).toContain('half');
  });

  it('names the drifts that nothing mends by itself', () => {
    expect(statuses(driftFindings([aDrift({ state: 'repairing' })]))).toEqual(['ok']);
    const [gaveUp, onHost] = driftFindings([
      aDrift({ state: 'gave-up' }),
      aDrift({ state: 'open', decision: 'leave', vm: undefined }),
    ]);
    expect(gaveUp).toMatchObject({ about: 'vm hello', cure: 'Look at it: vman vm explain hello' });
    expect(onHost).toMatchObject({ about: 'host alpha', cure: expect.stringContaining('vman drift get') });
  });

  it('names the pools that are full, and those that are away', () => {
    expect(statuses(poolFindings([{ ...aPool(), acceptsDisks: true }]))).toEqual(['ok']);
    const away = { ...aPool(), acceptsDisks: true };
    away.hosts = [{ id: 'h', name: 'beta', available: false, reason: 'not mounted' }];
    expect(poolFindings([aPool(), away])).toMatchObject([
      { about: 'pool fast', status: 'warning' },
      { about: 'pool fast', status: 'fault', message: 'is not available on beta: not mounted' },
    ]);
  });
});
