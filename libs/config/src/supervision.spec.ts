import { describe, expect, it } from '@jest/globals';
import { readSupervision } from './supervision.js';

describe('a service manager', () => {
  const asked = { NOTIFY_SOCKET: '/run/systemd/notify', WATCHDOG_USEC: '60000000' };

  it('asks for a sign of life within its time, of this process or of whichever it started', () => {
    expect(readSupervision(asked)).toEqual({ listens: true, watchdogMs: 60_000 });
    expect(readSupervision({ ...asked, WATCHDOG_PID: String(process.pid) }).watchdogMs).toBe(60_000);
  });

  it('asks for none without a time, or when it means another process', () => {
    for (const other of [{ WATCHDOG_USEC: '' }, { WATCHDOG_USEC: '0' }, { WATCHDOG_PID: '1' }])
      expect(readSupervision({ ...asked, ...other })).toEqual({ listens: true, watchdogMs: undefined });
  });

  it('is not there without a socket', () => {
    expect(readSupervision({})).toEqual({ listens: false, watchdogMs: undefined });
    expect(readSupervision({ WATCHDOG_USEC: '1' })).toEqual({ listens: false, watchdogMs: undefined });
  });
});
