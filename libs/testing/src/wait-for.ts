import { setTimeout as pause } from 'node:timers/promises';

export interface WaitForOptions {
  /** Default 30000: a busy machine is no fault. */
  timeoutMs?: number;
  /** Default 10. */
  everyMs?: number;
  /** Said when it does not happen: "the VM runs". */
  what: string;
}

/**
 * Gives the first value of `check` that is neither false, null nor undefined. A throw counts as "not yet"; the last
 * one is the cause of the error at the deadline.
 */
export async function waitFor<T>(
  check: () => T | Promise<T>,
  options: WaitForOptions,
): Promise<Exclude<T, false | null | undefined>> {
  const { timeoutMs = 30_000, everyMs = 10, what } = options;
  const deadline = performance.now() + timeoutMs;
  let cause: unknown;
  do {
    try {
      const value = await check();
      if (value !== false && value !== null && value !== undefined) {
        return value as Exclude<T, false | null | undefined>;
      }
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    await pause(everyMs);
  } while (performance.now() < deadline);
  throw new Error(`waited ${timeoutMs} ms in vain until ${what}`, { cause });
}
