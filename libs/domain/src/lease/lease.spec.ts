import { describe, expect, it } from '@jest/globals';
import { TIMERS } from '../timers.js';
import { decideHold, mayRunUnder } from './hold-lease.js';
import { holderOf, hostOfHolder, type LeaseRecord, leaseText, readLease } from './lease-record.js';
import { decideTake, leaseIsOver, watchLease } from './take-lease.js';

const record = (fields: Partial<LeaseRecord> = {}): LeaseRecord => ({
  vmId: '01890a5d-ac96-774b-bcce-b302099a8057',
  term: 3,
  holder: holderOf('host-a', 'boot-1'),
  generation: 4,
  counter: 17,
  restMs: 0,
  state: 'held',
  ...fields,
});
const self = { holder: holderOf('host-b', 'boot-2'), generation: 5 };
const seenSince = (sinceMs: number, fields: Partial<LeaseRecord> = {}) => {
  const it = record(fields);
  return { record: it, watch: { term: it.term, text: leaseText(it), sinceMs } };
};

describe('the record of a lease', () => {
  it('is read as it was written, and always has one length', () => {
    expect(readLease(leaseText(record()))).toEqual(record());
    expect(leaseText(record({ counter: 1 })).length).toBe(leaseText(record({ counter: 10 ** 12 })).length);
    expect(hostOfHolder(record().holder)).toBe('host-a');
  });

  it('is none when it was cut off, or is something else', () => {
    expect(readLease(leaseText(record()).slice(0, 40))).toBeUndefined();
    expect(readLease('')).toBeUndefined();
    expect(readLease(`${'{'.padEnd(511)}\n`)).toBeUndefined();
    expect(readLease(`${'{}'.padEnd(511)}\n`)).toBeUndefined();
    const { holder, term, ...rest } = record();
    for (const part of [rest, { ...rest, holder }, { ...rest, term }])
      expect(readLease(`${JSON.stringify(part).padEnd(511)}\n`)).toBeUndefined();
    expect(readLease(`${leaseText(record())} `)).toBeUndefined();
  });
});

describe('the holder of a lease', () => {
  it('renews it, and stops once it could not for too long', () => {
    expect(decideHold(1000, 1000 + TIMERS.leaseRenewed - 1)).toEqual({ kind: 'rest', forMs: 1 });
    expect(decideHold(1000, 1000 + TIMERS.leaseRenewed)).toEqual({ kind: 'renew' });
    expect(decideHold(1000, 1000 + TIMERS.leaseOwnStop - 1)).toEqual({ kind: 'renew' });
    expect(decideHold(1000, 1000 + TIMERS.leaseOwnStop)).toEqual({ kind: 'stop' });
  });

  it('starts nothing under one that it does not have, or that soon runs out', () => {
    expect(mayRunUnder(undefined, 0)).toBe(false);
    expect(mayRunUnder(0, TIMERS.leaseRenewed)).toBe(true);
    expect(mayRunUnder(0, TIMERS.leaseOwnStop - 1)).toBe(false);
    expect(mayRunUnder(1000, 1000 + TIMERS.leaseOwnStop / 2 - 1)).toBe(true);
    expect(mayRunUnder(1000, 1000 + TIMERS.leaseOwnStop / 2)).toBe(false);
  });
});

describe('a host that wants the lease', () => {
  it('takes one that nobody had, and one that was given back, at once', () => {
    expect(decideTake(undefined, self, 0)).toEqual({ kind: 'take', term: 1 });
    expect(decideTake(seenSince(0, { state: 'free' }), self, 0)).toEqual({ kind: 'take', term: 4 });
    expect(decideTake(seenSince(0, { state: 'off' }), self, 0)).toEqual({ kind: 'take', term: 4 });
  });

  it('waits until it saw it unchanged for the takeover time, whatever it may have been before', () => {
    const wait = decideTake(seenSince(0), self, TIMERS.leaseTakeover - 1);
    expect(wait).toEqual({ kind: 'wait', forMs: 1, holder: 'host-a/boot-1' });
    expect(decideTake(seenSince(0), self, TIMERS.leaseTakeover)).toEqual({ kind: 'take', term: 4 });
    const later = seenSince(500);
    expect(decideTake(later, self, 500 + TIMERS.leaseTakeover - 1)).toEqual(wait);
    expect(decideTake(later, self, 500 + TIMERS.leaseTakeover).kind).toBe('take');
  });

  it('begins to wait anew with each renewal, and with each term', () => {
    const first = watchLease(undefined, { term: 3, text: 'a' }, 10);
    expect(watchLease(first, { term: 3, text: 'a' }, 20)).toEqual(first);
    expect(watchLease(first, { term: 3, text: 'b' }, 20).sinceMs).toBe(20);
    expect(watchLease(first, { term: 4, text: 'a' }, 20).sinceMs).toBe(20);
  });

  it('waits longer for a holder that announced a restart of its agent', () => {
    const resting = seenSince(0, { restMs: TIMERS.leaseRest });
    expect(decideTake(resting, self, TIMERS.leaseTakeover).kind).toBe('wait');
    expect(decideTake(resting, self, TIMERS.leaseTakeover + TIMERS.leaseRest).kind).toBe('take');
  });

  it('goes on with its own, and not with that of its boot before', () => {
    const own = seenSince(0, { holder: self.holder });
    expect(decideTake(own, self, 0)).toEqual({ kind: 'resume' });
    const givenBack = seenSince(0, { holder: self.holder, state: 'free' });
    expect(decideTake(givenBack, self, 0)).toEqual({ kind: 'take', term: 4 });
    const before = seenSince(0, { holder: holderOf('host-b', 'boot-1') });
    expect(decideTake(before, self, 0).kind).toBe('wait');
  });

  it('never takes one that a newer generation had, however long it is over', () => {
    const newer = seenSince(0, { generation: 6 });
    const refused = { kind: 'refuse', holder: 'host-a/boot-1', generation: 6 };
    expect(decideTake(newer, self, 10 * TIMERS.leaseTakeover)).toEqual(refused);
    expect(decideTake(seenSince(0, { generation: 6, state: 'free' }), self, 0)).toEqual(refused);
    expect(decideTake(seenSince(0, { generation: 5, state: 'free' }), self, 0).kind).toBe('take');
  });

  it('lets time alone decide about a record that cannot be read', () => {
    const watch = { term: 3, text: '{"te', sinceMs: 0 };
    expect(decideTake({ record: undefined, watch }, self, 1)).toMatchObject({ kind: 'wait', holder: '' });
    const longest = TIMERS.leaseTakeover + TIMERS.leaseRest;
    expect(decideTake({ record: undefined, watch }, self, longest - 1).kind).toBe('wait');
    expect(decideTake({ record: undefined, watch }, self, longest).kind).toBe('take');
    expect(leaseIsOver(undefined, watch, 1)).toBe(false);
  });
});
