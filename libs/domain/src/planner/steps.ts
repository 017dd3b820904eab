import type { PortForward } from '#libs/contracts';

/** One piece of host work. Each is safe to run twice. */
export type Step =
  | { step: 'fetch-image'; digest: string }
  | { step: 'create-disk'; diskId: string }
  | { step: 'grow-disk'; diskId: string; sizeBytes: number }
  | { step: 'launch'; startGeneration: number }
  | { step: 'resume' }
  | { step: 'pause' }
  | { step: 'add-forward'; nicId: string; forward: PortForward }
  | { step: 'remove-forward'; nicId: string; forward: PortForward }
  | { step: 'ask-guest-off'; timeoutMs: number; thenForce: boolean }
  | { step: 'power-off' }
  | { step: 'remove-disk'; diskId: string }
  | { step: 'forget'; keepDisks: boolean };

export type StepName = Step['step'];

/** A step as one word or two, for logs and dry runs. */
export function describeStep(step: Step): string {
  switch (step.step) {
    case 'fetch-image':
      return `fetch-image ${step.digest.slice(0, 12)}`;
    case 'create-disk':
    case 'remove-disk':
      return `${step.step} ${step.diskId}`;
    case 'grow-disk':
      return `grow-disk ${step.diskId} to ${step.sizeBytes} bytes`;
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
