/**
 * Tells what changed, at once. Each row carries a revision that is raised whenever its meaning changes, so that a
 * later row always wins over an earlier one, however they travel. A lost event costs nothing but time: the same row
 * comes with the next heartbeat, and a command's stored answer is told again when it is asked for.
 */
import type { BusPort } from '#libs/bus';
import type { Clock, Timer } from '#libs/clock';
import {
  commandEventCodec,
  type Revision,
  repairEventCodec,
  type StepRecord,
  subjects,
  type VmReport,
  vmEventCodec,
} from '#libs/contracts';
import type { Logger } from '#libs/logging';
import type { Vm } from '../reconcile/vm.js';
import type { JournalEntry } from '../storage/command-journal.js';
import type { Tombstone } from '../storage/vm-records.js';
import { buildRow, buriedRow } from './build-row.js';

/** Starts and stops are mostly over by then; each state told is one more transaction for the control plane. */
const BLINK_MS = 100;

export interface ReporterOptions {
  hostId: string;
  startCount: number;
  bus: BusPort;
  clock: Clock;
  logger: Logger;
}

export class Reporter {
  private sequence = 0;
  private readonly buried = new Map<string, VmReport>();
  private readonly soon = new Map<Vm, Timer>();

  constructor(private readonly options: ReporterOptions) {}

  /** The row as it is now; its revision is raised when it says something new. */
  rowOf(vm: Vm): VmReport | undefined {
    const row = buildRow(vm);
    if (!row) return undefined;
    if (!vm.lastRow || !sameRow(vm.lastRow, row)) vm.lastRow = { ...row, rev: this.nextRevision() };
    return vm.lastRow;
  }

  rowOfBuried(vmId: string, tombstone: Tombstone): VmReport {
    const row = buriedRow(vmId, tombstone);
    const before = this.buried.get(vmId);
    const told = before && sameRow(before, row) ? before : { ...row, rev: this.nextRevision() };
    this.buried.set(vmId, told);
    return told;
  }

  /** Publishes the row when it says something new, or when there are steps to tell of. */
  tell(vm: Vm, steps: StepRecord[] = []): void {
    const before = vm.lastRow;
    const row = this.rowOf(vm);
    this.soon.get(vm)?.cancel();
    this.soon.delete(vm);
    if (row && (row !== before || steps.length > 0)) this.publish(row, vm, steps);
  }

  /**
   * Publishes the row when it has another state for longer than a blink: what else changed comes with the end of the
   * step, and nobody sees a state that lasts a few milliseconds.
   */
  tellState(vm: Vm): void {
    if (this.soon.has(vm) || buildRow(vm)?.state === vm.lastRow?.state) return;
    const timer = this.options.clock.setTimeout(() => {
      this.soon.delete(vm);
      // What is gone was buried meanwhile: its last word has been said.
      if (!vm.gone && buildRow(vm)?.state !== vm.lastRow?.state) this.tell(vm);
    }, BLINK_MS);
    this.soon.set(vm, timer);
  }

  /** Publishes the row even when it was told before: somebody asked again. */
  tellAgain(vm: Vm): void {
    const row = this.rowOf(vm);
    if (row) this.publish(row, vm, []);
  }

  tellBuried(vmId: string, tombstone: Tombstone): void {
    this.publish(this.rowOfBuried(vmId, tombstone), undefined, []);
  }

  tellCommand(entry: JournalEntry): void {
    const { command, status, failure, result, progressPercent, attempts, atMs, decided } = entry;
    if (status === 'accepted') return;
    const { hostId, bus } = this.options;
    if (decided) {
      this.send(() => bus.publishDurable(subjects.event(hostId, 'repair'), repairEventCodec, decided));
      return;
    }
    const event = {
      hostId,
      vmId: command.vmId,
      operationId: command.operationId,
      status,
      failure,
      result,
      progressPercent,
      attempt: attempts,
      atMs,
    };
    this.send(() => bus.publishDurable(subjects.event(hostId, 'command'), commandEventCodec, event));
  }

  private publish(report: VmReport, vm: Vm | undefined, steps: StepRecord[]): void {
    const { hostId, bus, clock } = this.options;
    const event = { hostId, report, cause: vm?.desired?.cause, atMs: clock.now(), steps };
    this.send(() => bus.publishDurable(subjects.event(hostId, 'vm'), vmEventCodec, event));
  }

  private send(publish: () => Promise<unknown>): void {
    publish().catch((error) => {
      this.options.logger.debug({ err: error }, 'an event was not taken; the heartbeat carries the same');
    });
  }

  private nextRevision(): Revision {
    this.sequence += 1;
    return { startCount: this.options.startCount, sequence: this.sequence };
  }
}

function sameRow(told: VmReport, row: Omit<VmReport, 'rev'>): boolean {
  return JSON.stringify({ ...told, rev: 0 }) === JSON.stringify({ ...row, rev: 0 });
}
