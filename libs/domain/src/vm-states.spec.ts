import { describe, expect, it } from '@jest/globals';
import { VM_STATES } from '#libs/contracts';
import { VM_STATE_TABLE, vmStateDiagram } from './vm-states.js';

describe('the table of VM states', () => {
  it('knows every state and no other', () => {
    expect(Object.keys(VM_STATE_TABLE).sort()).toEqual([...VM_STATES].sort());
    for (const info of Object.values(VM_STATE_TABLE)) {
      for (const next of info.next) expect(VM_STATES).toContain(next);
    }
  });

  it('reaches every state from pending', () => {
    const seen = new Set(['pending']);
    for (const state of seen) {
      for (const next of VM_STATE_TABLE[state as keyof typeof VM_STATE_TABLE].next) seen.add(next);
    }
    expect([...seen].sort()).toEqual([...VM_STATES].sort());
  });

  it('has no dead end and no way back into itself', () => {
    for (const [state, info] of Object.entries(VM_STATE_TABLE)) {
      expect(info.next.length).toBeGreaterThan(0);
      expect(info.next).not.toContain(state);
    }
  });

  it('says after how long each transient state is stuck', () => {
    for (const info of Object.values(VM_STATE_TABLE)) {
      expect(info.stuckAfterMs !== undefined).toBe(info.transient);
    }
  });

  it('draws itself', () => {
    expect(vmStateDiagram()).toContain('  running --> paused');
  });
});
