import { describe, expect, it } from '@jest/globals';
import { together } from './together.js';

describe('statements that are sent together', () => {
  it('give their answers in order', async () => {
    expect(await together(Promise.resolve(1), 'two', undefined)).toEqual([1, 'two', undefined]);
  });

  it('fail with the first failure, once none of them goes on any more', async () => {
    const seen: string[] = [];
    const late = Promise.resolve().then(() => Promise.resolve().then(() => void seen.push('late')));
    await expect(together(Promise.reject(new Error('no')), late)).rejects.toThrow('no');
    expect(seen).toEqual(['late']);
  });
});
