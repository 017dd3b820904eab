import { expect, it } from '@jest/globals';
import { listChanges, type Shown } from './list-changes.js';

const shown = (texts: Record<string, string>): Shown<string> =>
  new Map(Object.entries(texts).map(([name, text]) => [name, { item: name, text }]));

it('names what came, what is different and what is gone, and nothing else', () => {
  const before = shown({ a: 'running', b: 'running', c: 'stopped' });
  const now = shown({ d: 'pending', b: 'stopped', a: 'running' });
  expect(listChanges(before, now)).toEqual([
    { change: 'added', item: 'd' },
    { change: 'changed', item: 'b' },
    { change: 'removed', item: 'c' },
  ]);
  expect(listChanges(now, now)).toEqual([]);
});
