import { describe, expect, it } from '@jest/globals';
import { systemPorts } from './ports.js';

describe('sleep', () => {
  it('resolves after its time', async () => {
    await expect(systemPorts.sleep(1, new AbortController().signal)).resolves.toBeUndefined();
  });

  it('rejects with the reason of the signal, before and while it sleeps', async () => {
    const stop = new AbortController();
    const sleeping = systemPorts.sleep(60_000, stop.signal);
    stop.abort(new Error('up'));
    await expect(sleeping).rejects.toThrow('up');
    await expect(systemPorts.sleep(60_000, stop.signal)).rejects.toThrow('up');
  });
});

it('the chance is between 0 and 1 and the clock runs forward', () => {
  expect(systemPorts.random()).toBeLessThan(1);
  const before = systemPorts.monotonic();
  expect(systemPorts.monotonic()).toBeGreaterThanOrEqual(before);
});
