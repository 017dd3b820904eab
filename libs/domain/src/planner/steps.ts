import type { IoLimits, PortForward } from '#libs/contracts';

/** One piece of host work. Each is safe to run twice. */
export type Step =
  | { step: 'fetch-image'; digest: string }
  | { step: 'create-disk'; diskId: string }
  | { step: 'grow-disk'; diskId: string; sizeBytes: number }
  | { step: 'check-restore'; snapshotId: string }
  | { step: 'rewind-disks'; snapshotId: string; restoreGeneration: number; last: boolean }
  | { step: 'make-seed'; instanceId: string }
  | { step: 'ensure-network'; nicId: string }
  | { step: 'reserve-address'; nicId: string }
  | { step: 'make-tap'; nicId: string }
  | { step: 'remove-tap'; nicId: string }
  | { step: 'launch'; startGeneration: number }
  | { step: 'load-memory'; snapshotId: string; restoreGeneration: number }
  | { step: 'resume' }
  | { step: 'pause' }
  | { step: 'add-forward'; nicId: string; forward: PortForward }
  | { step: 'remove-forward'; nicId: string; forward: PortForward }
  | { step: 'attach-disk'; diskId: string; port: number }
  | { step: 'detach-disk'; diskId: string; timeoutMs: number }
  | { step: 'attach-nic'; nicId: string; port: number }
  | { step: 'detach-nic'; nicId: string; timeoutMs: number }
  | { step: 'add-vcpus'; vcpus: number }
  | { step: 'add-memory'; moduleId: string; sizeMib: number }
  | { step: 'remove-memory'; moduleId: string; timeoutMs: number }
  | { step: 'limit-disk'; diskId: string; limits: IoLimits }
  | { step: 'set-balloon'; takenMib: number; totalMib: number }
  | { step: 'ask-guest-off'; timeoutMs: number; thenForce: boolean }
  | { step: 'power-off' }
  | { step: 'remove-disk'; diskId: string }
  | { step: 'forget'; keepDisks: boolean };

export type StepName = Step['step'];

/** Whether it needs disks that nobody else has open, or changes which are open. */
export function changesOpenDisks({ step }: Step): boolean {
  return CHANGES_OPEN_DISKS.includes(step);
}

const CHANGES_OPEN_DISKS: readonly StepName[] = [
  'grow-disk',
  'rewind-disks',
  'launch',
  'load-memory',
  'attach-disk',
  'detach-disk',
  'remove-disk',
  'forget',
];

/** A step as one word or two, for logs and dry runs. */
export function describeStep(step: Step): string {
  switch (step.step) {
    case 'fetch-image':
      return `fetch-image ${step.digest.slice(0, 12)}`;
    case 'create-disk':
    case 'remove-disk':
      return `${step.step} ${step.diskId}`;
    case 'make-seed':
      return `make-seed ${step.instanceId}`;
    case 'grow-disk':
      return `grow-disk ${step.diskId} to ${step.sizeBytes} bytes`;
    case 'attach-disk':
      return `attach-disk ${step.diskId} at port ${step.port}`;
    case 'ensure-network':
    case 'reserve-address':
    case 'make-tap':
    case 'remove-tap':
      return `${step.step} ${step.nicId}`;
    case 'attach-nic':
      return `attach-nic ${step.nicId} at port ${step.port}`;
    case 'detach-disk':
      return `detach-disk ${step.diskId} within ${step.timeoutMs} ms`;
    case 'detach-nic':
      return `detach-nic ${step.nicId} within ${step.timeoutMs} ms`;
    case 'add-vcpus':
      return `add-vcpus up to ${step.vcpus}`;
    case 'add-memory':
      return `add-memory ${step.moduleId} of ${step.sizeMib} MiB`;
    case 'remove-memory':
      return `remove-memory ${step.moduleId} within ${step.timeoutMs} ms`;
    case 'limit-disk':
      return `limit-disk ${step.diskId}`;
    case 'set-balloon':
      return `set-balloon to take ${step.takenMib} of ${step.totalMib} MiB`;
    case 'check-restore':
    case 'rewind-disks':
    case 'load-memory':
      return `${step.step} of snapshot ${step.snapshotId}`;
    case 'add-forward':
    case 'remove-forward':
      return `${step.step} ${step.forward.protocol} ${step.forward.hostAddress}:${step.forward.hostPort} -> :${step.forward.guestPort}`;
    case 'ask-guest-off':
      return `ask-guest-off within ${step.timeoutMs} ms${step.thenForce ? ', then power-off' : ''}`;
    case 'launch':
    case 'resume':
    case 'pause':
    case 'power-off':
      return step.step;
    case 'forget':
      return step.keepDisks ? 'forget, disks stay' : 'forget';
  }
}
