import { describe, expect, it } from '@jest/globals';
import { parseOptions } from './options.js';

describe('the options of the fault rounds', () => {
  it('have defaults, the seed from the clock', () => {
    expect(parseOptions([], 77)).toEqual({
      seed: 77,
      rounds: 5,
      faults: 4,
      only: [],
      all: false,
      json: false,
      write: false,
      list: false,
    });
  });

  it('are read', () => {
    const argv = '--seed 3 --rounds 9 --faults 2 --only a3,B1 --all --json --write --list'.split(' ');
    expect(parseOptions(argv, 0)).toEqual({
      seed: 3,
      rounds: 9,
      faults: 2,
      only: ['A3', 'B1'],
      all: true,
      json: true,
      write: true,
      list: true,
    });
  });

  it.each([
    [['--seed'], '--seed needs a value'],
    [['--seed', 'x'], '--seed needs a whole number, not x'],
    [['--what'], 'there is no option --what'],
  ])('%j is refused with a reason', (argv, reason) => {
    expect(() => parseOptions(argv, 0)).toThrow(reason);
  });
});
