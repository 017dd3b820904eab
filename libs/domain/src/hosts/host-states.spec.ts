import { describe, expect, it } from '@jest/globals';
import type { Upkeep } from '#libs/contracts';
import { HOST_STATES } from '#libs/contracts';
import { TIMERS } from '../timers.js';
import { HOST_STATE_TABLE, hostState, hostStateTable } from './host-states.js';

const state = (silentMs: number | undefined, upkeep: Upkeep = 'open', leaving = false) =>
  hostState({ silentMs, upkeep, leaving });

describe('the state of a host', () => {
  it('follows its silence', () => {
    expect(state(0)).toBe('ready');
    expect(state(TIMERS.hostSuspect)).toBe('suspect');
    expect(state(TIMERS.hostUnknown)).toBe('unknown');
    expect(state(TIMERS.hostLost)).toBe('lost');
    expect(state(undefined)).toBe('unknown');
  });

  it('is what an administrator asked for while it is heard, and silence says more', () => {
    expect(state(0, 'cordoned')).toBe('cordoned');
    expect(state(0, 'draining')).toBe('draining');
    expect(state(TIMERS.hostUnknown, 'draining')).toBe('unknown');
    expect(state(0, 'open', true)).toBe('suspect');
  });

  it('stays maintenance however silent it is: it is expected to be', () => {
    expect(state(undefined, 'maintenance')).toBe('maintenance');
    expect(state(TIMERS.hostLost, 'maintenance')).toBe('maintenance');
  });

  it('can be reached, each of them, and only one takes new VMs', () => {
    const reached = (
      [undefined, 0, TIMERS.hostSuspect, TIMERS.hostUnknown, TIMERS.hostLost] as const
    ).flatMap((silentMs) =>
      (['open', 'cordoned', 'draining', 'maintenance'] as const).map((upkeep) => state(silentMs, upkeep)),
    );
    expect(new Set(reached)).toEqual(new Set(HOST_STATES));
    expect(HOST_STATES.filter((it) => HOST_STATE_TABLE[it].takesVms)).toEqual(['ready']);
  });

  it('says whether its VMs are known, and whether those with failover may run elsewhere', () => {
    const known = HOST_STATES.filter((it) => HOST_STATE_TABLE[it].vmsAreKnown);
    expect([...known].sort()).toEqual(['cordoned', 'draining', 'maintenance', 'ready', 'suspect']);
    const failsOver = HOST_STATES.filter((it) => HOST_STATE_TABLE[it].failsOver);
    expect([...failsOver].sort()).toEqual(['lost', 'unknown']);
  });

  it('is a line of the docs with what it means', () => {
    const [head, rule, ...rows] = hostStateTable().split('\n');
    expect(head?.split('|')).toHaveLength(7);
    expect(rule).toMatch(/^(\| --- )+\|$/);
    expect(rows).toHaveLength(HOST_STATES.length);
    expect(rows).toContain('| `ready` | Heard in time; open to new VMs. | yes | yes | no |');
    for (const row of rows) expect(row).toMatch(/^\| `[a-z]+` \| [A-Z][^|]+\. \|( (yes|no) \|){3}$/);
  });
});
