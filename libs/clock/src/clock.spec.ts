import { describe, expect, it } from '@jest/globals';
import { delay, systemClock } from './index.js';

describe('the clock of the system', () => {
  it('passes at least the time asked for, and never runs backwards', async () => {
    const [wall, monotonic] = [systemClock.now(), systemClock.monotonic()];
    await delay(systemClock, 20);
    // Timers and the monotonic clock are rounded differently.
    expect(systemClock.monotonic() - monotonic).toBeGreaterThanOrEqual(19);
    expect(Math.abs(Date.now() - wall)).toBeLessThan(60_000);
  });

  it('runs no cancelled timer', async () => {
    let ran = false;
    systemClock
      .setTimeout(() => {
        ran = true;
      }, 1)
      .cancel();
    await delay(systemClock, 20);
    expect(ran).toBe(false);
  });
});
