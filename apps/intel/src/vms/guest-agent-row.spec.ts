import { describe, expect, it } from '@jest/globals';
import type { GuestAgent } from '#libs/contracts';
import { vmReport } from '#libs/testing';
import { guestAgentRow, waitsForAgent } from './guest-agent-row.js';

const agent = (fields: Partial<GuestAgent> = {}): GuestAgent => ({
  state: 'connected',
  reason: '',
  sinceMs: 1_000,
  interfaces: [],
  osName: '',
  hostName: '',
  frozenUntilMs: 0,
  ...fields,
});
const closed = agent({ state: 'disconnected', reason: 'closed' });

describe('the agent of a guest', () => {
  it('is not waited for in a guest that never had one', () => {
    expect(guestAgentRow(null, vmReport())).toBeNull();
    const row = guestAgentRow(null, vmReport({ guestAgent: closed }));
    expect(row).toMatchObject({ expected: false, answered: false, seen: { reason: 'closed' } });
    expect(waitsForAgent(row)).toBe(false);
  });

  it('is waited for in the run after one in which it answered, and no more after a run in which it did not', () => {
    const first = guestAgentRow(null, vmReport({ pid: 1, guestAgent: agent() }));
    const off = guestAgentRow(first, vmReport({ pid: 0 }));
    expect(off).toMatchObject({ answered: true, seen: null });
    const second = guestAgentRow(off, vmReport({ pid: 2, guestAgent: closed }));
    expect(waitsForAgent(second)).toBe(true);
    expect(waitsForAgent(guestAgentRow(second, vmReport({ pid: 2, guestAgent: agent() })))).toBe(false);
    const third = guestAgentRow(second, vmReport({ pid: 3, guestAgent: closed }));
    expect(waitsForAgent(third)).toBe(false);
  });

  it('does not take readiness away when it leaves a guest that was up', () => {
    const up = guestAgentRow(null, vmReport({ pid: 1, guestAgent: agent() }));
    const gone = guestAgentRow(up, vmReport({ pid: 1, guestAgent: closed }));
    expect(waitsForAgent(gone)).toBe(false);
  });

  it('keeps the time of its last change through a restart of the operator', () => {
    const up = guestAgentRow(null, vmReport({ pid: 1, guestAgent: agent() }));
    const adopted = guestAgentRow(up, vmReport({ pid: 1, guestAgent: agent({ sinceMs: 9_000 }) }));
    expect(adopted?.seen?.sinceMs).toBe(1_000);
    const lost = guestAgentRow(adopted, vmReport({ pid: 1, guestAgent: { ...closed, sinceMs: 12_000 } }));
    expect(lost?.seen?.sinceMs).toBe(12_000);
  });
});
