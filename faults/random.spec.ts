import { describe, expect, it } from '@jest/globals';
import { Random } from './random.js';

describe('seeded numbers', () => {
  const draw = (random: Random) => Array.from({ length: 50 }, () => random.between(3, 7));

  it('are the same for the same seed, and others for another', () => {
    expect(draw(new Random(1))).toEqual(draw(new Random(1)));
    expect(draw(new Random(1))).not.toEqual(draw(new Random(2)));
  });

  it('stay within their limits and reach both', () => {
    const drawn = draw(new Random(9));
    expect(Math.min(...drawn)).toBe(3);
    expect(Math.max(...drawn)).toBe(7);
  });

  it('of a fork do not depend on how often the other is asked afterwards', () => {
    const [one, two] = [new Random(4), new Random(4)];
    const [forkOne, forkTwo] = [one.fork(), two.fork()];
    one.next();
    expect(draw(forkOne)).toEqual(draw(forkTwo));
  });

  it('put a list into another order, with all that was in it, and leave the list as it was', () => {
    const list = Array.from({ length: 30 }, (_, index) => index);
    const order = new Random(6).shuffled(list);
    expect(order).not.toEqual(list);
    expect([...order].sort((a, b) => a - b)).toEqual(list);
    expect(new Random(6).shuffled(list)).toEqual(order);
    expect(new Random(6).shuffled([])).toEqual([]);
  });

  it('decide and pick, and say when there is nothing to pick from', () => {
    const random = new Random(5);
    expect([random.chance(0), random.chance(1)]).toEqual([false, true]);
    expect(['a', 'b']).toContain(random.pick(['a', 'b']));
    expect(() => random.pick([])).toThrow('nothing to pick from');
  });
});
