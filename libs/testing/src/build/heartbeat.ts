import { randomUUID } from 'node:crypto';
import type { Heartbeat } from '#libs/contracts';

/** A valid, complete heartbeat of a host without VMs. */
export function heartbeat(fields: Partial<Heartbeat> = {}): Heartbeat {
  return {
    hostId: randomUUID(),
    hostName: 'test-host',
    sentAtMs: 1,
    startCount: 1,
    sequence: 1,
    bootId: randomUUID(),
    agentVersion: '0.1.0',
    capacity: { cpus: 4, memoryMib: 8192, storageBytes: 100 * 1024 ** 3, storageFreeBytes: 50 * 1024 ** 3 },
    hypervisor: { qemuVersion: '7.2.0', accelerator: 'tcg', acceleratorReason: 'chosen', dryRun: false },
    complete: true,
    vms: [],
    draining: false,
    orphans: [],
    pools: [],
    ...fields,
  };
}
