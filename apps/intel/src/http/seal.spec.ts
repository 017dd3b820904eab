import { expect, it } from '@jest/globals';
import { sealOf } from './seal.js';

const secret = { token: 'vman_very-secret', nested: [1, null] };

it('what was sealed opens with the same token and key, and says nothing by itself', () => {
  const closed = sealOf('token', 'key').close(secret);
  expect(JSON.stringify(closed)).not.toContain('very-secret');
  expect(sealOf('token', 'key').open(JSON.parse(JSON.stringify(closed)))).toEqual(secret);
});

it('neither another token nor another key opens it, nor opens what was tampered with', () => {
  const { sealed } = sealOf('token', 'key').close(secret) as { sealed: string };
  expect(() => sealOf('other', 'key').open({ sealed })).toThrow();
  expect(() => sealOf('token', 'other').open({ sealed })).toThrow();
  const tampered = `${sealed.slice(0, 20)}${sealed[20] === 'A' ? 'B' : 'A'}${sealed.slice(21)}`;
  expect(() => sealOf('token', 'key').open({ sealed: tampered })).toThrow();
});

it('the hash of a request is another one for another token', () => {
  expect(sealOf('a', 'k').hash('x')).toBe(sealOf('a', 'k').hash('x'));
  expect(sealOf('a', 'k').hash('x')).not.toBe(sealOf('b', 'k').hash('x'));
});
