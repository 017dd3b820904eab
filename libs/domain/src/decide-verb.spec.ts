import { describe, expect, it } from '@jest/globals';
import { POWER_STATES, type PowerState, VM_STATES, type VmState } from '#libs/contracts';
import { decideVerb, POWER_CUT, VM_VERBS, type VmVerb } from './decide-verb.js';

const decide = (verb: VmVerb, desiredPower: PowerState, state: VmState) =>
  decideVerb(verb, { desiredPower, desiredStop: POWER_CUT, state });

describe('decideVerb', () => {
  it.each([
    ['start', 'stopped', 'stopped', 'change'],
    ['start', 'stopped', 'stopping', 'change'],
    ['start', 'running', 'running', 'nothing'],
    ['start', 'running', 'unknown', 'nothing'],
    ['start', 'running', 'crash-loop', 'change'],
    ['start', 'running', 'failed', 'change'],
    ['start', 'paused', 'paused', 'refuse'],
    ['shutdown', 'running', 'running', 'change'],
    ['shutdown', 'paused', 'paused', 'refuse'],
    ['shutdown', 'stopped', 'stopped', 'nothing'],
    ['stop', 'running', 'unknown', 'change'],
    ['stop', 'paused', 'paused', 'change'],
    ['stop', 'stopped', 'stopped', 'nothing'],
    ['reboot', 'running', 'running', 'change'],
    ['reboot', 'stopped', 'stopped', 'refuse'],
    ['reset', 'running', 'running', 'command'],
    ['reset', 'running', 'crashed', 'refuse'],
    ['pause', 'running', 'running', 'change'],
    ['pause', 'paused', 'paused', 'nothing'],
    ['pause', 'stopped', 'stopped', 'refuse'],
    ['resume', 'paused', 'paused', 'change'],
    ['resume', 'running', 'running', 'nothing'],
    ['resume', 'running', 'paused', 'change'],
    ['resume', 'stopped', 'stopped', 'refuse'],
  ] as const)('%s of a VM that should be %s and is %s: %s', (verb, desired, state, kind) => {
    expect(decide(verb, desired, state).kind).toBe(kind);
  });

  it('answers every verb in every state, and each refusal says what to do', () => {
    for (const verb of VM_VERBS) {
      for (const desired of POWER_STATES) {
        for (const state of VM_STATES) {
          const decision = decide(verb, desired, state);
          if (decision.kind === 'refuse') expect(decision.hint).toMatch(/\w+/);
        }
      }
    }
  });

  it('raises the start generation only by start and reboot', () => {
    for (const verb of VM_VERBS) {
      for (const desired of POWER_STATES) {
        for (const state of VM_STATES) {
          const decision = decide(verb, desired, state);
          if (decision.kind !== 'change' || !decision.raiseStart) continue;
          expect(['start', 'reboot']).toContain(verb);
        }
      }
    }
  });

  it('lets a stop cut a pending shutdown short', () => {
    const desiredStop = { askGuest: true, timeoutMs: 60_000, thenForce: false };
    const decision = decideVerb('stop', { desiredPower: 'stopped', desiredStop, state: 'stopping' });
    expect(decision).toEqual({ kind: 'change', power: 'stopped', raiseStart: false, stop: POWER_CUT });
  });

  it('asks the guest first for shutdown and reboot, unless forced', () => {
    const vm = { desiredPower: 'running', desiredStop: POWER_CUT, state: 'running' } as const;
    expect(decideVerb('shutdown', vm, { timeoutMs: 5, thenForce: true })).toMatchObject({
      stop: { askGuest: true, timeoutMs: 5, thenForce: true },
    });
    expect(decideVerb('reboot', vm, {})).toMatchObject({ stop: { askGuest: true, thenForce: true } });
    expect(decideVerb('reboot', vm, { force: true })).toMatchObject({ stop: POWER_CUT });
  });
});
