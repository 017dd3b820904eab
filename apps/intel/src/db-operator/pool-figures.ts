export interface PoolFigures {
  busy: number;
  idle: number;
  /** Who gets no connection before somebody gives one back. */
  waiting: number;
  max: number;
}

/**
 * What the pool is at. Its own count of who asks has each request for a moment, also one that an idle connection or room
 * for a new one is there for: the scrape that reads this is always among them, and waits for nobody.
 */
export function poolFigures(pool: { total: number; idle: number; asking: number; max: number }): PoolFigures {
  const { total, idle, asking, max } = pool;
  return { busy: total - idle, idle, waiting: Math.max(0, asking - idle - (max - total)), max };
}
