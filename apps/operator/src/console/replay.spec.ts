import { describe, expect, it } from '@jest/globals';
import { overlapOf, replayOf } from './replay.js';

const replay = (text: string, max = 1000) => replayOf(Buffer.from(text), max).toString();

describe('the replay of a console', () => {
  it('begins with a whole line, when something was cut off', () => {
    expect(replay('one\ntwo\nthree', 9)).toBe('three');
    expect(replay('one\ntwo\nthree')).toBe('one\ntwo\nthree');
    expect(replay('a line without an end', 6)).toBe('an end');
    expect(replay('anything', 0)).toBe('');
  });

  it('asks the terminal nothing, and keeps its colours', () => {
    expect(replay('\x1b[1;31mred\x1b[0m\x1b[6n$ \x1b[c\x1b[>0c\x1bZ\x1b]11;?\x07\x1b]10;?\x1b\\end')).toBe(
      '\x1b[1;31mred\x1b[0m$ end',
    );
  });

  it('keeps bytes that are no text', () => {
    const bytes = Buffer.from([0, 255, 128, 10, 7]);
    expect(replayOf(bytes, 100)).toEqual(bytes);
  });
});

it.each([
  ['abc', 'bcd', 2],
  ['abc', 'abc', 3],
  ['abc', 'xyz', 0],
  ['', 'abc', 0],
  ['aaa', 'aab', 2],
])('the end of %j and the begin of %j overlap by %d', (before, next, count) => {
  expect(overlapOf(Buffer.from(before), Buffer.from(next))).toBe(count);
});
