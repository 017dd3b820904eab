import { describe, expect, it } from '@jest/globals';
import { Places } from './places.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('places', () => {
  it('let only so many work at once, and the next one in when one is done', async () => {
    const places = new Places(2);
    const ends: (() => void)[] = [];
    const work = () => places.with(() => new Promise<void>((resolve) => void ends.push(resolve)));
    const all = [work(), work(), work()];
    await turn();
    expect(ends).toHaveLength(2);
    ends[0]?.();
    await turn();
    expect(ends).toHaveLength(3);
    for (const end of ends) end();
    await Promise.all(all);
  });

  it('are free for others while their holder only waits', async () => {
    const places = new Places(1);
    let over: () => void = () => {};
    const waiting = places.with(() => places.without(() => new Promise<void>((resolve) => (over = resolve))));
    await turn();
    expect(await places.with(async () => 'worked')).toBe('worked');
    over();
    await waiting;
  });

  it('come back when the work throws', async () => {
    const places = new Places(1);
    await expect(places.with(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await places.with(async () => 1)).toBe(1);
  });
});
