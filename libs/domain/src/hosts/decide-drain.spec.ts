import { describe, expect, it } from '@jest/globals';
import { type DrainFacts, decideDrain } from './decide-drain.js';

const facts = (fields: Partial<DrainFacts> = {}): DrainFacts => ({
  presence: 'present',
  desiredPower: 'stopped',
  failover: false,
  hasProcess: false,
  settled: true,
  leavingDisks: false,
  ownDisks: [],
  openCommands: 0,
  ...fields,
});

describe('a VM on a host that is drained', () => {
  const cases: [string, Partial<DrainFacts>, string, string][] = [
    ['is off', {}, 'move', 'off'],
    ['runs with failover', { desiredPower: 'running', failover: true, hasProcess: true }, 'move', 'failover'],
    ['runs without failover', { desiredPower: 'running', hasProcess: true }, 'stay', 'turn failover on'],
    ['has a disk of the host', { ownDisks: ['local', 'fast', 'local'] }, 'stay', 'local, fast'],
    ['has work in flight', { openCommands: 1 }, 'wait', 'at work'],
    ['is being changed', { settled: false }, 'wait', 'on its way'],
    ['gives disks away', { leavingDisks: true }, 'wait', 'on its way'],
    ['is being stopped', { hasProcess: true }, 'wait', 'stopped'],
    ['is being deleted', { presence: 'deleted' }, 'wait', 'deleted'],
  ];
  it.each(cases)('that %s', (_, change, kind, why) => {
    expect(decideDrain(facts(change))).toEqual({ kind, why: expect.stringContaining(why) });
  });
});
