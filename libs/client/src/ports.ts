import type { Fetch } from './send/exchange.js';

/** What the client needs of its surroundings; all of it is there in browsers and in Node. */
export interface Ports {
  fetch: Fetch;
  /** Resolves after `ms`; rejects with the reason of the signal when that is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Milliseconds of a clock that never jumps. */
  monotonic(): number;
  /** From 0 to 1. */
  random(): number;
  /** A key that nobody else has. */
  newKey(): string;
}

export const systemPorts: Ports = {
  fetch: (...args) => globalThis.fetch(...args),
  sleep,
  monotonic: () => performance.now(),
  random: () => Math.random(),
  newKey: () => crypto.randomUUID(),
};

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
