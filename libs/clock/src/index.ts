/**
 * Time as a port. Everything that decides or waits takes a Clock, so that the same code runs on virtual time.
 */
export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Wall time in Unix ms: for records and deadlines that other machines read, never for measuring. */
  now(): number;
  /** Milliseconds that only grow: for time limits, leases and back-off. */
  monotonic(): number;
  /** Calls `fn` once after `ms`; does not keep the process alive. */
  setTimeout(fn: () => void, ms: number): Timer;
}

/** Injection token of the Clock. */
export const CLOCK = Symbol('Clock');

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimeout(fn, ms) {
    const handle = setTimeout(fn, ms);
    handle.unref();
    return { cancel: () => clearTimeout(handle) };
  },
};

/** Resolves after `ms` of the clock's time. */
export function delay(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.setTimeout(resolve, ms);
  });
}
