import { describe, expect, it } from '@jest/globals';
import { untilReady } from './until-ready.js';

const never = { ready: new Promise<void>(() => {}) };

describe('whoever waits for the first connection', () => {
  it('goes on with it, and knows when the bus was closed before it', async () => {
    const { signal } = new AbortController();
    expect(await untilReady({ ready: Promise.resolve() }, signal)).toBe(true);
    expect(await untilReady({ ready: Promise.reject(new Error('closed')) }, signal)).toBe(false);
  });

  it('is let go when it is stopped, although there never was a connection', async () => {
    const stopping = new AbortController();
    const waiting = untilReady(never, stopping.signal);
    stopping.abort();
    expect(await waiting).toBe(false);
    expect(await untilReady(never, stopping.signal)).toBe(false);
  });
});
