import type { DesiredVm, Failure, ReportedState } from '#libs/contracts';
import { isCrash, isCrashLoop } from '../restart/restart-policy.js';
import type { ActualVm } from './actual-vm.js';
import type { StepName } from './steps.js';

export interface ObservedState {
  state: ReportedState;
  /** Empty when there is nothing to say. */
  reason: string;
}

export interface Work {
  /** The step that runs now. */
  step?: StepName;
  /** Why the present generation could not be reached. */
  failure?: Failure;
  /** Restarts counted so far. */
  restarts: number;
}

const STATE_OF_STEP: Readonly<Record<StepName, ReportedState | undefined>> = {
  'fetch-image': 'provisioning',
  'create-disk': 'provisioning',
  'grow-disk': 'provisioning',
  'check-restore': undefined,
  'rewind-disks': 'provisioning',
  'make-seed': 'starting',
  'ensure-network': 'provisioning',
  'reserve-address': 'provisioning',
  'make-tap': 'provisioning',
  'remove-tap': undefined,
  launch: 'starting',
  'load-memory': 'starting',
  resume: undefined,
  pause: undefined,
  'add-forward': undefined,
  'remove-forward': undefined,
  'attach-disk': undefined,
  'detach-disk': undefined,
  'attach-nic': undefined,
  'detach-nic': undefined,
  'add-vcpus': undefined,
  'add-memory': undefined,
  'remove-memory': undefined,
  'limit-disk': undefined,
  'set-balloon': undefined,
  'ask-guest-off': 'stopping',
  'power-off': 'stopping',
  'remove-disk': 'deleting',
  forget: 'deleting',
};

/** The word for what is seen of a VM on its host. */
export function observeState(desired: DesiredVm, actual: ActualVm, work: Work): ObservedState {
  if (desired.presence !== 'present') {
    if (!actual.folder && !actual.process) return { state: 'absent', reason: desired.presence };
    return work.failure ? failed(work.failure) : { state: 'deleting', reason: '' };
  }
  const launching = work.step === 'resume' && actual.process?.phase === 'prelaunch';
  const transient = launching ? 'starting' : work.step && STATE_OF_STEP[work.step];
  if (transient) return { state: transient, reason: '' };
  return actual.process ? ofProcess(actual) : withoutProcess(desired, actual, work);
}

function failed(failure: Failure): ObservedState {
  return { state: 'failed', reason: failure.code };
}

function ofProcess(actual: ActualVm): ObservedState {
  switch (actual.process?.phase) {
    case 'running':
      return { state: 'running', reason: '' };
    case 'paused':
    case 'prelaunch':
      return { state: 'paused', reason: '' };
    case 'io-error':
      return { state: 'paused', reason: 'io-error' };
    case 'hung':
    case undefined:
      return { state: 'unknown', reason: 'monitor-hung' };
  }
}

function withoutProcess(desired: DesiredVm, actual: ActualVm, work: Work): ObservedState {
  if (work.failure) return failed(work.failure);
  const exit = actual.lastExit;
  if (desired.power === 'stopped') return { state: 'stopped', reason: exit?.reason ?? '' };
  if (!exit) return { state: 'pending', reason: '' };
  if (!isCrash(exit.reason)) return { state: 'stopped', reason: exit.reason };
  const looping = isCrashLoop(desired.restart, work.restarts);
  return { state: looping ? 'crash-loop' : 'crashed', reason: exit.reason };
}
