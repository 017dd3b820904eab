import { expect, it } from '@jest/globals';
import { hostileField, refuseHostileText } from './hostile-text.js';

it.each([
  [{ name: 'a\u0000b' }, 'name', 'characters'],
  [{ labels: { 'k\u0000': 'x' } }, 'labels', 'characters'],
  [{ list: ['ok', '\ud800'] }, 'list.1', 'characters'],
])('%j is refused by the name of its field', (body, field, code) => {
  expect(hostileField(body)).toMatchObject({ field, code });
});

it('lets pass what people write', () => {
  expect(
    hostileField({ name: 'web-1', note: '🧨 𝔘 \u202e', none: null, deep: { a: [[{ b: 1 }]] } }),
  ).toBeUndefined();
  expect(hostileField(undefined)).toBeUndefined();
});

it('walks what is nested as deep as a body can be, and refuses it', () => {
  const text = '['.repeat(200_000) + ']'.repeat(200_000);
  expect(hostileField(JSON.parse(text))).toMatchObject({ code: 'depth' });
});

it('takes such a name in a path for one that is not there', () => {
  const request = { params: { id: '\u0000' }, query: {}, body: undefined };
  expect(() => refuseHostileText(request)).toThrow(expect.objectContaining({ code: 'not_found' }));
});
