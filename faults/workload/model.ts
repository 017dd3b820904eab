import type { PowerState } from '#libs/contracts';

/** What the accepted changes amount to for one VM. */
export interface VmModel {
  id: string;
  name: string;
  presence: 'present' | 'deleted';
  desiredState: PowerState;
  labels: Record<string, string>;
  /** A change of it got no answer at all: nothing can be expected. */
  uncertain: boolean;
}

export const ACTIONS = ['reset', 'start', 'stop', 'pause', 'resume', 'reboot', 'patch', 'delete'] as const;
export type Action = (typeof ACTIONS)[number];

/** The VM after a change was accepted. Pure. */
export function afterAccepted(vm: VmModel, action: Action, label: string): VmModel {
  switch (action) {
    case 'start':
    case 'resume':
    case 'reboot':
      return { ...vm, desiredState: 'running' };
    case 'reset':
      return vm;
    case 'stop':
      return { ...vm, desiredState: 'stopped' };
    case 'pause':
      return { ...vm, desiredState: 'paused' };
    case 'patch':
      return { ...vm, labels: { ...vm.labels, step: label } };
    case 'delete':
      return { ...vm, presence: 'deleted' };
  }
}
