import { randomUUID } from 'node:crypto';
import type { VmReport } from '#libs/contracts';

/** A valid row of a host's report: running, converged in generation 1. */
export function vmReport(fields: Partial<VmReport> = {}): VmReport {
  return {
    vmId: randomUUID(),
    rev: { startCount: 1, sequence: 1 },
    acceptedGeneration: 1,
    observedGeneration: 1,
    state: 'running',
    reason: '',
    failure: undefined,
    pid: 4242,
    startGeneration: 1,
    lastExit: undefined,
    restarts: 0,
    nextRestartAtMs: 0,
    runningSinceMs: 1,
    repairedExitSeq: 0,
    restartRequired: [],
    diskFaults: [],
    ...fields,
  };
}
