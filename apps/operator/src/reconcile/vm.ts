import type { DesiredVm, LeaseReport, VmReport } from '#libs/contracts';
import type { ActualVm, StepName } from '#libs/domain';
import type { LiveProcess } from '../runtime/live-process.js';
import type { StatusRecord } from '../storage/vm-records.js';
import { EMPTY_STATUS } from '../storage/vm-records.js';
import type { VmStore } from '../storage/vm-store.js';

/**
 * One VM of this host as the operator holds it: the durable records, the live process, and what was last read of
 * its files. Only its loop plans and acts; everybody else changes a part and wakes the loop.
 */
export class Vm {
  /** The accepted desired state, as it is on disk. */
  desired: DesiredVm | undefined;
  status: StatusRecord = { ...EMPTY_STATUS };
  process: LiveProcess | undefined;
  /** Of one with failover, as it was last looked at. */
  lease: LeaseReport | undefined;
  /** What was read of the files at the begin of the last pass. */
  files: Pick<ActualVm, 'folder' | 'disks' | 'images' | 'wires'> = { folder: true, disks: [], images: [] };
  /** The step that runs now. */
  step: StepName | undefined;
  /** The row as it was last told, with its revision. */
  lastRow: VmReport | undefined;
  /** Settles once the end of the last process is counted. */
  exitCounted: Promise<void> = Promise.resolve();
  /** Settles once its end is durable and nothing is left of it but its certificate; the next one waits for that. */
  clearedUp: Promise<void> = Promise.resolve();
  /** Nothing is left of it on the host but its tombstone. */
  gone = false;
  /** Makes its loop look again. */
  wake: () => void = () => {};
  private writing: Promise<void> = Promise.resolve();

  constructor(
    readonly vmId: string,
    readonly store: VmStore,
  ) {}

  /** Changes the status at once and makes it durable, in order. */
  saveStatus(change: Partial<StatusRecord>): Promise<void> {
    this.status = { ...this.status, ...change };
    const snapshot = this.status;
    this.writing = this.writing
      .catch(() => undefined)
      .then(() => (this.gone ? undefined : this.store.saveStatus(snapshot)));
    return this.writing;
  }

  get actual(): ActualVm {
    const { process, status } = this;
    return {
      ...this.files,
      lastExit: status.lastExit,
      repairExitSeq: status.repairExitSeq,
      restoredGeneration: status.restoredGeneration,
      process: process && {
        pid: process.pid,
        phase: process.phase,
        startGeneration: process.record.startGeneration,
        shape: process.record.shape,
        forwards: process.forwards,
        ...process.plugged,
      },
    };
  }
}
