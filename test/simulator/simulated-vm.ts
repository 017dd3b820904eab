import type { Clock } from '#libs/clock';
import type { Command, DesiredVm, LastExit, VmReport } from '#libs/contracts';
import {
  type ActualVm,
  decideRestart,
  nextRestartAt,
  observeState,
  plan,
  restartJitter,
  restartsAfterExit,
} from '#libs/domain';
import { vmReport } from '#libs/testing';
import { refuseRepair } from '../../apps/operator/src/commands/refuse-repair.js';
import { exitToAnswer } from '../../apps/operator/src/commands/restart-alone.js';
import type { Vm } from '../../apps/operator/src/reconcile/vm.js';
import { applyStep } from '../../libs/domain/src/planner/apply-step.js';

/** A rule that a scenario leaves out on purpose, to see that its checker notices. */
export type Mutation = 'takes-old-generations' | 'answers-any-exit' | 'answers-no-repair';

/** One VM on its host: the planner, the fences and the restart policy as they are, over processes that are numbers. */
export class SimulatedVm {
  desired: DesiredVm | undefined;
  /** The QEMU processes that live, whatever the operator knows of. */
  live = 0;
  most = 0;
  fell = false;
  actual: ActualVm = { folder: false, disks: [], images: [], repairExitSeq: 0 };
  private restarts = 0;
  private nextRestartAtMs = 0;
  private launchedAt = 0;
  private observedGeneration = 0;

  constructor(
    readonly vmId: string,
    private readonly clock: Pick<Clock, 'now'>,
    private readonly mutation: Mutation | undefined,
  ) {}

  accept(desired: DesiredVm): void {
    const before = this.desired?.generation ?? 0;
    if (desired.generation < before) {
      if (this.mutation !== 'takes-old-generations') return;
      this.fell = true;
    }
    this.desired = desired;
    this.pass();
  }

  kill(): void {
    if (this.live === 0) return;
    this.live -= 1;
    const { process, ...rest } = this.actual;
    if (!process || !this.desired) return;
    const exitSeq = (this.actual.lastExit?.exitSeq ?? 0) + 1;
    const atMs = this.clock.now();
    const { startGeneration } = process;
    const lastExit: LastExit = { exitSeq, reason: 'killed', atMs, startGeneration, status: 'SIGKILL' };
    this.actual = { ...rest, lastExit };
    const { restart } = this.desired;
    this.restarts = restartsAfterExit(restart, this.restarts, Math.max(0, atMs - this.launchedAt));
    this.nextRestartAtMs = nextRestartAt(restart, atMs, this.restarts, restartJitter(this.vmId, exitSeq));
  }

  obey({ action, minGeneration }: Command): void {
    if (minGeneration > (this.desired?.generation ?? 0)) return;
    if (action.$case === 'repair') this.repair(action.value.exitSeq, action.value.generation);
    if (action.$case === 'converge') this.pass();
  }

  /** What an operator does that hears no observer. */
  restartAlone(): void {
    const exit = exitToAnswer(this.asSeen);
    if (!exit || !this.desired) return;
    const decision = decideRestart(this.desired.restart, exit, this.nextRestartAtMs, this.clock.now());
    if (decision.kind === 'restart') this.repair(exit.exitSeq, this.desired.generation);
  }

  /** What an operator does that comes up again: the process is found, the plan made anew. */
  pass(): void {
    if (!this.desired) return;
    for (const step of plan(this.desired, this.actual)) {
      const before = this.actual;
      this.actual = applyStep(this.desired, this.actual, step);
      if (!before.process && this.actual.process) {
        this.live += 1;
        this.launchedAt = this.clock.now();
        this.most = Math.max(this.most, this.live);
      }
      if (before.process && !this.actual.process) this.live -= 1;
    }
    this.observedGeneration = this.desired.generation;
  }

  row(rev: VmReport['rev']): VmReport[] {
    const { desired, actual, vmId, restarts, nextRestartAtMs, observedGeneration } = this;
    if (!desired) return [];
    const { state, reason } = observeState(desired, actual, { restarts });
    const startGeneration = actual.process?.startGeneration ?? actual.lastExit?.startGeneration ?? 0;
    const { lastExit, process, repairExitSeq } = actual;
    const seen = { vmId, rev, state, reason, lastExit, restarts, nextRestartAtMs, startGeneration };
    const told = { pid: process ? 1 : 0, repairedExitSeq: repairExitSeq, observedGeneration };
    return [vmReport({ ...seen, ...told, acceptedGeneration: desired.generation })];
  }

  private repair(exitSeq: number, generation: number): void {
    if (this.mutation === 'answers-no-repair') return;
    if (this.mutation === 'answers-any-exit') {
      // The process that lives is overlooked, as by an operator without the fence.
      this.actual = { ...this.actual, process: undefined };
      this.actual = { ...this.actual, repairExitSeq: this.actual.lastExit?.exitSeq ?? 0 };
      this.pass();
      return;
    }
    if (this.actual.repairExitSeq >= exitSeq || refuseRepair(this.asSeen, exitSeq, generation)) return;
    this.actual = { ...this.actual, repairExitSeq: exitSeq };
    this.restarts += 1;
    this.pass();
  }

  private get asSeen(): Pick<Vm, 'desired' | 'status' | 'process'> {
    const { lastExit, repairExitSeq, process } = this.actual;
    const seen = { desired: this.desired, status: { lastExit, repairExitSeq }, process };
    return seen as unknown as Pick<Vm, 'desired' | 'status' | 'process'>;
  }
}
