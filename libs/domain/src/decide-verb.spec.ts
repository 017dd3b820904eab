import { describe, expect, it } from '@jest/globals';
import { POWER_STATES, type PowerState, VM_STATES, type VmState } from '#libs/contracts';
import { decideVerb, POWER_CUT, SHUTDOWN_TIMEOUT_MS, VM_VERBS, type VmVerb } from './decide-verb.js';

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

  it('says why there is nothing to do, and what to do about a refusal', () => {
    for (const verb of VM_VERBS) {
      for (const desired of POWER_STATES) {
        for (const state of VM_STATES) {
          const decision = decide(verb, desired, state);
          if (decision.kind === 'nothing') expect(decision.why).toMatch(/^The VM .+\.$/);
          if (decision.kind !== 'refuse') continue;
          expect(decision).toMatchObject({
            code: 'invalid_state',
            message: expect.stringMatching(/^[A-Z].+\.$/),
          });
          expect(decision.hint).toMatch(/^[A-Z].+\.$/);
        }
      }
    }
  });

  it('takes a VM that is down for one, whatever it should be', () => {
    const down = ['stopped', 'crashed', 'crash-loop', 'failed'];
    for (const state of VM_STATES) {
      const isDown = down.includes(state);
      expect(decide('start', 'running', state).kind).toBe(isDown ? 'change' : 'nothing');
      expect(decide('start', 'paused', state).kind).toBe(isDown ? 'change' : 'refuse');
      expect(decide('start', 'stopped', state).kind).toBe('change');
      expect(decide('reset', 'running', state).kind).toBe(isDown ? 'refuse' : 'command');
      expect(decide('reset', 'stopped', state).kind).toBe('refuse');
      expect(decide('pause', 'running', state).kind).toBe(isDown ? 'refuse' : 'change');
      expect(decide('pause', 'stopped', state).kind).toBe('refuse');
      expect(decide('shutdown', 'running', state).kind).toBe('change');
      expect(decide('shutdown', 'paused', state).kind).toBe(state === 'paused' ? 'refuse' : 'change');
      expect(decide('resume', 'running', state).kind).toBe(state === 'paused' ? 'change' : 'nothing');
      expect(decide('resume', 'paused', state).kind).toBe('change');
    }
  });

  it('cuts the power only of what is asked for it', () => {
    expect(POWER_CUT).toEqual({ askGuest: false, timeoutMs: 0, thenForce: true });
    expect(decide('start', 'stopped', 'stopped')).toEqual({
      kind: 'change',
      power: 'running',
      raiseStart: true,
      stop: POWER_CUT,
    });
    expect(decide('shutdown', 'running', 'running')).toEqual({
      kind: 'change',
      power: 'stopped',
      raiseStart: false,
      stop: { askGuest: true, timeoutMs: SHUTDOWN_TIMEOUT_MS, thenForce: false },
    });
    expect(decide('reboot', 'running', 'running')).toEqual({
      kind: 'change',
      power: 'running',
      raiseStart: true,
      stop: { askGuest: true, timeoutMs: SHUTDOWN_TIMEOUT_MS, thenForce: true },
    });
    for (const [verb, desired, power] of [
      ['stop', 'running', 'stopped'],
      ['pause', 'running', 'paused'],
      ['resume', 'paused', 'running'],
    ] as const) {
      expect(decide(verb, desired, 'paused')).toEqual({
        kind: 'change',
        power,
        raiseStart: false,
        stop: POWER_CUT,
      });
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
    const stopped = decideVerb('stop', { desiredPower: 'stopped', desiredStop, state: 'stopped' });
    expect(stopped.kind).toBe('nothing');
    const cut = decideVerb('stop', { desiredPower: 'stopped', desiredStop: POWER_CUT, state: 'stopping' });
    expect(cut.kind).toBe('nothing');
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
