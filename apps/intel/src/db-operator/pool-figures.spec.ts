import { describe, expect, it } from '@jest/globals';
import { poolFigures } from './pool-figures.js';

describe('who waits for a connection of the pool', () => {
  it('is nobody while one is idle or can be made for each who asks', () => {
    expect(poolFigures({ total: 5, idle: 3, asking: 1, max: 20 })).toEqual({
      busy: 2,
      idle: 3,
      waiting: 0,
      max: 20,
    });
    expect(poolFigures({ total: 19, idle: 0, asking: 1, max: 20 }).waiting).toBe(0);
  });

  it('is who asks beyond that', () => {
    expect(poolFigures({ total: 20, idle: 0, asking: 4, max: 20 }).waiting).toBe(4);
    expect(poolFigures({ total: 20, idle: 1, asking: 4, max: 20 }).waiting).toBe(3);
    expect(poolFigures({ total: 18, idle: 0, asking: 4, max: 20 }).waiting).toBe(2);
  });
});
