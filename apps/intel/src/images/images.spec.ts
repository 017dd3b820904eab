import { describe, expect, it } from '@jest/globals';
import { byteRange } from './byte-range.js';
import { makeTicket, ticketIsGood } from './ticket.js';

const [DIGEST, OTHER] = ['a'.repeat(64), 'b'.repeat(64)];

describe('a ticket', () => {
  const ticket = makeTicket('key', DIGEST, 'host-1', 1000);

  it('is good for its image until its time', () => {
    expect(ticketIsGood('key', DIGEST, ticket, 999)).toBe(true);
    expect(ticketIsGood('key', DIGEST, ticket, 1000)).toBe(false);
  });

  it('is no good for another image, with another key, or changed', () => {
    expect(ticketIsGood('key', OTHER, ticket, 0)).toBe(false);
    expect(ticketIsGood('other', DIGEST, ticket, 0)).toBe(false);
    for (const forged of ['', 'x', '9'.concat(ticket), ticket.replace('host-1', 'host-2'), `${ticket}x`]) {
      expect(ticketIsGood('key', DIGEST, forged, 0)).toBe(false);
    }
  });
});

it.each([
  [undefined, undefined],
  ['bytes=0-', { start: 0, end: 9 }],
  ['bytes=3-5', { start: 3, end: 5 }],
  ['bytes=3-99', { start: 3, end: 9 }],
  ['bytes=-4', { start: 6, end: 9 }],
  ['bytes=-99', { start: 0, end: 9 }],
  ['bytes=10-', 'unsatisfiable'],
  ['bytes=5-3', 'unsatisfiable'],
  ['bytes=-0', 'unsatisfiable'],
  ['bytes=-', undefined],
  ['bytes=0-1,3-4', undefined],
  ['lines=1-2', undefined],
])('the range %s of ten bytes is %j', (header, range) => {
  expect(byteRange(header, 10)).toEqual(range);
});
