import { describe, expect, it } from '@jest/globals';
import { decideLead, FOLLOWS, LEADER_SILENT_MS, type Lead, type LeadFacts } from './decide-lead.js';

const leads: Lead = { leads: true, epoch: 4, granted: true };
const facts: LeadFacts = { answer: undefined, ownId: 'b', other: undefined, readyMs: 60_000 };
const other = { observerId: 'a', epoch: 4, silentMs: 0 };

describe('who leads', () => {
  it('is whom intel grants it', () => {
    const answer = { leads: true, epoch: 7 };
    expect(decideLead(FOLLOWS, { ...facts, answer })).toEqual({ leads: true, epoch: 7, granted: true });
  });

  it('is not whom intel grants it no more', () => {
    const answer = { leads: false, epoch: 5 };
    expect(decideLead(leads, { ...facts, answer })).toEqual({ leads: false, epoch: 5, granted: false });
  });

  it.each<[string, Lead, Partial<LeadFacts>, boolean]>([
    ['the last one, while intel is away', leads, {}, true],
    ['the one granted, when another acts without a grant', leads, { other }, true],
    ['the later epoch', leads, { other: { ...other, epoch: 5 } }, false],
    ['the lower id, when neither was granted it', { ...leads, granted: false }, { other }, false],
    ['a standby, when nobody is heard', FOLLOWS, {}, true],
    ['no standby that hears a leader', FOLLOWS, { other }, false],
    [
      'a standby, once the leader is silent',
      FOLLOWS,
      { other: { ...other, silentMs: LEADER_SILENT_MS } },
      true,
    ],
    ['nobody who has just come', FOLLOWS, { readyMs: 0 }, false],
  ])('without intel: %s', (_who, lead, change, expected) => {
    expect(decideLead(lead, { ...facts, ...change }).leads).toBe(expected);
  });

  it('keeps the highest epoch that was heard of', () => {
    expect(decideLead(FOLLOWS, { ...facts, other: { ...other, epoch: 9 } }).epoch).toBe(9);
  });
});
