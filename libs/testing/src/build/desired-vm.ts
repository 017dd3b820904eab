import { randomUUID } from 'node:crypto';
import type { DesiredVm } from '#libs/contracts';

/** A valid desired VM: one vCPU, 128 MiB, no disk, running in generation 1. Top-level fields can be replaced. */
export function desiredVm(fields: Partial<DesiredVm> = {}): DesiredVm {
  return {
    vmId: randomUUID(),
    hostId: randomUUID(),
    name: 'test',
    project: 'default',
    generation: 1,
    startGeneration: 1,
    presence: 'present',
    power: 'running',
    stop: { askGuest: true, timeoutMs: 5000, thenForce: true },
    machine: { vcpus: 1, memoryMib: 128, type: 'q35', firmware: 'bios', cpuModel: '' },
    disks: [],
    nics: [],
    restart: { policy: 'on-failure', maxRetries: 5, windowSeconds: 600 },
    cause: { operationId: randomUUID(), requestId: randomUUID(), origin: 'user' },
    ...fields,
  };
}
