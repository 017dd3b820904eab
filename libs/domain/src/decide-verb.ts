import type { PowerState, StopMode, VmState } from '#libs/contracts';
import type { ErrorCode } from '#libs/errors';

export const VM_VERBS = ['start', 'shutdown', 'stop', 'reboot', 'reset', 'pause', 'resume'] as const;
export type VmVerb = (typeof VM_VERBS)[number];

/** What the decision rests on. */
export interface VmFacts {
  desiredPower: PowerState;
  /** How the present desired state wants a running guest to end. */
  desiredStop: StopMode;
  state: VmState;
}

export interface VerbOptions {
  /** How long the guest may take, in ms. */
  timeoutMs?: number;
  /** Cut the power when the guest does not obey in time. */
  thenForce?: boolean;
  /** Do not ask the guest at all (reboot). */
  force?: boolean;
}

/** A verb changes the desired state, sends a command, has nothing to do, or is refused with a code. */
export type VerbDecision =
  | { kind: 'change'; power: PowerState; raiseStart: boolean; stop: StopMode }
  | { kind: 'command'; command: 'reset' }
  | { kind: 'nothing'; why: string }
  | { kind: 'refuse'; code: ErrorCode; message: string; hint: string };

export const SHUTDOWN_TIMEOUT_MS = 60_000;
export const POWER_CUT: StopMode = { askGuest: false, timeoutMs: 0, thenForce: true };

const DOWN: readonly VmState[] = ['stopped', 'crashed', 'crash-loop', 'failed'];

const refuse = (message: string, hint: string): VerbDecision => ({
  kind: 'refuse',
  code: 'invalid_state',
  message,
  hint,
});

/** Is this verb possible now, and what does it mean for the desired state? */
export function decideVerb(verb: VmVerb, vm: VmFacts, options: VerbOptions = {}): VerbDecision {
  switch (verb) {
    case 'start':
      return start(vm);
    case 'shutdown':
      return shutdown(vm, options);
    case 'stop':
      return stop(vm);
    case 'reboot':
      return reboot(vm, options);
    case 'reset':
      return vm.desiredPower === 'stopped' || DOWN.includes(vm.state)
        ? refuse('A VM that does not run cannot be reset.', 'Start it.')
        : { kind: 'command', command: 'reset' };
    case 'pause':
      return pause(vm);
    case 'resume':
      return resume(vm);
  }
}

function start(vm: VmFacts): VerbDecision {
  if (vm.desiredPower === 'paused' && !DOWN.includes(vm.state)) {
    return refuse('The VM is paused, not stopped.', 'Resume it, or stop it first.');
  }
  if (vm.desiredPower === 'running' && !DOWN.includes(vm.state)) {
    return { kind: 'nothing', why: 'The VM already runs, or is about to.' };
  }
  return { kind: 'change', power: 'running', raiseStart: true, stop: POWER_CUT };
}

function shutdown(vm: VmFacts, options: VerbOptions): VerbDecision {
  if (vm.desiredPower === 'paused' && vm.state === 'paused') {
    return refuse('A paused guest cannot shut itself down.', 'Resume it first, or stop it.');
  }
  if (vm.desiredPower === 'stopped') {
    return { kind: 'nothing', why: 'The VM is stopped, or is about to be.' };
  }
  const stop = {
    askGuest: true,
    timeoutMs: options.timeoutMs ?? SHUTDOWN_TIMEOUT_MS,
    thenForce: options.thenForce ?? false,
  };
  return { kind: 'change', power: 'stopped', raiseStart: false, stop };
}

function stop(vm: VmFacts): VerbDecision {
  if (vm.desiredPower === 'stopped' && (vm.state === 'stopped' || !vm.desiredStop.askGuest)) {
    return { kind: 'nothing', why: 'The VM is stopped, or is about to be.' };
  }
  return { kind: 'change', power: 'stopped', raiseStart: false, stop: POWER_CUT };
}

function reboot(vm: VmFacts, options: VerbOptions): VerbDecision {
  if (vm.desiredPower !== 'running') {
    return refuse('Only a running VM can be rebooted.', 'Start or resume it.');
  }
  const stop = options.force
    ? POWER_CUT
    : {
        askGuest: true,
        timeoutMs: options.timeoutMs ?? SHUTDOWN_TIMEOUT_MS,
        thenForce: options.thenForce ?? true,
      };
  return { kind: 'change', power: 'running', raiseStart: true, stop };
}

function pause(vm: VmFacts): VerbDecision {
  if (vm.desiredPower === 'paused') return { kind: 'nothing', why: 'The VM is paused, or is about to be.' };
  if (vm.desiredPower === 'stopped' || DOWN.includes(vm.state)) {
    return refuse('Only a running VM can be paused.', 'Start it first.');
  }
  return { kind: 'change', power: 'paused', raiseStart: false, stop: POWER_CUT };
}

function resume(vm: VmFacts): VerbDecision {
  if (vm.desiredPower === 'running' && vm.state !== 'paused') {
    return { kind: 'nothing', why: 'The VM is not paused.' };
  }
  if (vm.desiredPower === 'stopped') return refuse('A stopped VM cannot be resumed.', 'Start it.');
  return { kind: 'change', power: 'running', raiseStart: false, stop: POWER_CUT };
}
