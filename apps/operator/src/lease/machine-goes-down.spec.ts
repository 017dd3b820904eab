import { expect, it } from '@jest/globals';
import { machineGoesDown } from './machine-goes-down.js';

const cases: [string, Record<string, string>, boolean][] = [
  ['systemd is shutting down', { systemctl: 'stopping', runlevel: '5 0' }, true],
  ['systemd is up', { systemctl: 'running', runlevel: 'N 5' }, false],
  ['systemd is up with a unit that failed', { systemctl: 'degraded', runlevel: 'N 5' }, false],
  ['an init with runlevels halts', { runlevel: '2 0' }, true],
  ['an init with runlevels reboots', { runlevel: '2 6' }, true],
  ['an init with runlevels runs', { runlevel: 'N 2' }, false],
  ['systemd is not the init', { systemctl: 'offline', runlevel: 'unknown' }, false],
  ['nobody knows', {}, false],
];
it.each(cases)('when %s', async (_, words, expected) => {
  expect(await machineGoesDown(async (program) => words[program] ?? '')).toBe(expected);
});

it('is not so while this runs', async () => {
  expect(await machineGoesDown()).toBe(false);
});
