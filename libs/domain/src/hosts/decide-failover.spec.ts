import { describe, expect, it } from '@jest/globals';
import type { LeaseSight } from '#libs/contracts';
import { decideFailover, type FailoverFacts } from './decide-failover.js';

const lease = (state: LeaseSight['state']): LeaseSight => ({
  vmId: '01890a5d-ac96-774b-bcce-b302099a8057',
  state,
  holderHostId: '',
  generation: 3,
  unchangedMs: 26_000,
  reason: state === 'unreadable' ? 'no such pool' : '',
});
const facts = (fields: Partial<FailoverFacts> = {}): FailoverFacts => ({
  hostState: 'unknown',
  toldLost: true,
  observerLack: undefined,
  paused: false,
  observedGeneration: 4,
  failoverGeneration: 4,
  lease: lease('over'),
  ...fields,
});

describe('a VM of a host that is lost', () => {
  it('is placed again when everything says so', () => {
    expect(decideFailover(facts())).toMatchObject({ kind: 'place' });
    expect(decideFailover(facts({ hostState: 'lost' }))).toMatchObject({ kind: 'place' });
  });

  const doubts: [string, Partial<FailoverFacts>, string][] = [
    ['the host is heard', { hostState: 'suspect' }, 'suspect'],
    ['the host is expected to be away', { hostState: 'maintenance' }, 'maintenance'],
    ['the observer hears it', { toldLost: false }, 'observer'],
    ['the brake is on', { observerLack: 'the brake is on' }, 'brake'],
    ['repairs are paused', { paused: true }, 'paused'],
    ['its host may not know of failover', { observedGeneration: 3 }, 'never said'],
    ['nobody sees its lease', { lease: undefined }, 'no other host'],
    ['its lease is renewed, however silent the host', { lease: lease('held') }, 'renews'],
    ['its pool is away', { lease: lease('unreadable') }, 'no such pool'],
  ];
  it.each(doubts)('waits while %s', (_, change, why) => {
    expect(decideFailover(facts(change))).toEqual({ kind: 'wait', why: expect.stringContaining(why) });
  });
});
