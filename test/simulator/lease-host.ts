/**
 * A host with failover VMs on virtual time. Leases, their decisions, the planner, the fence of generations and the
 * restart policy are the real code; QEMU is a number, and so is the watchdog, which no freeze of the agent reaches.
 */
import type { Clock } from '#libs/clock';
import type { DesiredVm, VmReport } from '#libs/contracts';
import { type ActualVm, decideRestart, plan } from '#libs/domain';
import { silentLogger, type VirtualClock } from '#libs/testing';
import { type GuardedVm, Leases, type LeasesOptions } from '../../apps/operator/src/lease/leases.js';
import type { Random } from '../../faults/random.js';
import { applyStep } from '../../libs/domain/src/planner/apply-step.js';
import type { SharedStorage } from './shared-storage.js';

/** How long an agent that is stopped waits for its last words at most. */
const LAST_WORDS_MS = 5_000;
/** How soon an agent that goes on notices that it does. */
const THAW_MS = 700;

/** A rule that a scenario leaves out on purpose, to see that its checker notices. */
export type LeaseMutation = 'no-watchdog' | 'takes-at-once' | 'never-launches' | 'rests-at-shutdown';

export interface World {
  clock: VirtualClock;
  storage: SharedStorage;
  random: Random;
  mutation: LeaseMutation | undefined;
  /** A process of the VM began or ended somewhere. */
  count(vmId: string, change: 1 | -1): void;
}

class LeaseVm implements GuardedVm {
  desired: DesiredVm | undefined;
  process: { fenced: boolean; kill(): Promise<unknown> } | undefined;
  step: unknown;
  lease: GuardedVm['lease'];
  fell = false;
  observedGeneration = 0;
  actual: ActualVm = { folder: false, disks: [], images: [], repairExitSeq: 0 };
  waits = new AbortController();
  passing: Promise<void> | undefined;
  constructor(
    readonly vmId: string,
    readonly wake: () => void,
  ) {}
}

export class LeaseHost {
  frozen = false;
  off = false;
  /** Its agent was stopped in order; what runs goes on. */
  away = false;
  /** It cannot reach the pool. */
  cutOff = false;
  silent = false;
  heardAt = 0;
  startCount = 1;
  readonly vms = new Map<string, LeaseVm>();
  private boots = 0;
  private readonly deadlines = new Map<string, number>();
  private leases!: Leases;
  private life = 0;

  constructor(
    readonly hostId: string,
    private readonly world: World,
  ) {
    this.boot();
    this.watch();
  }

  /** The machine goes down: nothing of it runs any more. */
  crash(): void {
    this.off = true;
    this.away = false;
    this.life += 1;
    this.deadlines.clear();
    for (const vm of this.vms.values()) this.end(vm, 'host-reboot');
  }

  /** It is up again with its records. */
  boot(): void {
    this.off = false;
    this.frozen = false;
    this.boots += 1;
    this.beginAgent();
  }

  /** Its agent is stopped in order, as for an upgrade; another one takes over what runs. */
  async restartAgent(awayMs: number): Promise<void> {
    if (this.off || this.away) return;
    const life = await this.stopAgent({ withMachine: false });
    this.world.clock.setTimeout(() => {
      if (this.life === life) this.beginAgent();
    }, awayMs);
  }

  /** The machine is shut down in order. */
  async shutDown(): Promise<void> {
    if (this.off || this.away) return;
    const life = await this.stopAgent({ withMachine: this.world.mutation !== 'rests-at-shutdown' });
    if (this.life === life) this.crash();
  }

  /** Whether nothing is heard of it, and it hears nothing. */
  get quiet(): boolean {
    return this.off || this.away || this.frozen || this.silent;
  }

  /** Nothing of the agent goes on once this resolves; gives which life that ended. */
  private async stopAgent(how: { withMachine: boolean }): Promise<number> {
    const { life } = this;
    this.away = true;
    const late = new Promise<void>((resolve) => this.world.clock.setTimeout(resolve, LAST_WORDS_MS));
    await Promise.race([this.leases.stop(how), late]);
    if (this.life === life) this.life += 1;
    return this.life;
  }

  accept(desired: DesiredVm): void {
    const vm = this.vms.get(desired.vmId) ?? this.open(desired.vmId);
    const before = vm.desired?.generation ?? 0;
    if (desired.generation < before) return;
    vm.desired = desired;
    vm.waits.abort();
    vm.wake();
  }

  row(vmId: string): Pick<VmReport, 'state' | 'observedGeneration'> | undefined {
    const vm = this.vms.get(vmId);
    if (!vm?.desired) return undefined;
    return { state: vm.process ? 'running' : 'stopped', observedGeneration: vm.observedGeneration };
  }

  async sights(asks: Parameters<Leases['sights']>[0]): ReturnType<Leases['sights']> {
    if (this.away) return [];
    return this.leases.sights(asks);
  }

  private beginAgent(): void {
    this.away = false;
    this.life += 1;
    this.startCount += 1;
    const life = this.life;
    const { storage } = this.world;
    const reach = async <T>(work: () => T): Promise<T> => {
      await this.pause(life, this.world.random.between(1, 30));
      if (this.cutOff) throw new Error('the pool does not answer');
      const result = work();
      await this.pause(life, this.world.random.between(1, 30));
      return result;
    };
    const options: LeasesOptions = {
      hostId: this.hostId,
      clock: this.clockOf(life),
      logger: silentLogger,
      pools: { folder: () => 'pool' },
      pidFile: () => '',
      dryRun: false,
      bootId: async () => `boot-${this.boots}`,
      files: {
        readNewest: (_, vmId) => reach(() => storage.readNewest(vmId)),
        takeTerm: (_, record) => reach(() => storage.link(record)),
        renewTerm: (_, record) => reach(() => storage.write(record)),
        removeLease: async () => {},
      },
      watchdog: {
        guard: async (vmId, _, deadline) => void this.deadlines.set(vmId, deadline),
        release: async (vmId) => void this.deadlines.delete(vmId),
        sinceBootMs: async () => this.world.clock.monotonic(),
      },
    };
    this.leases = new Leases(options);
    this.leases.start(() => [...this.vms.values()]);
    for (const vm of this.vms.values()) {
      vm.waits.abort();
      vm.passing = undefined;
      if (vm.process) vm.process = this.processOf(vm);
      vm.wake();
    }
  }

  /** Time of this agent: it stands still while the agent does, and nothing of an earlier agent goes on. */
  private clockOf(life: number): Clock {
    const { clock } = this.world;
    return {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      setTimeout: (fn, ms) => {
        let cancelled = false;
        const run = () => {
          if (cancelled || this.life !== life) return;
          if (this.frozen) clock.setTimeout(run, THAW_MS);
          else fn();
        };
        clock.setTimeout(run, ms);
        return {
          cancel: () => {
            cancelled = true;
          },
        };
      },
    };
  }

  private pause(life: number, ms: number): Promise<void> {
    return new Promise((resolve) => this.clockOf(life).setTimeout(resolve, ms));
  }

  private open(vmId: string): LeaseVm {
    const vm: LeaseVm = new LeaseVm(vmId, () => this.wake(vm));
    this.vms.set(vmId, vm);
    return vm;
  }

  private wake(vm: LeaseVm): void {
    if (this.off || this.away || vm.passing !== undefined) return;
    const { life } = this;
    vm.passing = this.pass(vm, life)
      .catch(() => {})
      .finally(() => {
        if (this.life !== life) return;
        vm.passing = undefined;
        this.clockOf(life).setTimeout(() => this.unfinished(vm) && vm.wake(), 500);
      });
  }

  private unfinished(vm: LeaseVm): boolean {
    this.answerExit(vm);
    return vm.desired !== undefined && plan(vm.desired, vm.actual).length > 0;
  }

  /** As an operator that hears no observer. */
  private answerExit(vm: LeaseVm): void {
    const { lastExit, process, repairExitSeq } = vm.actual;
    if (!lastExit || process || repairExitSeq >= lastExit.exitSeq || !vm.desired) return;
    const decision = decideRestart(vm.desired.restart, lastExit, 0, this.world.clock.now());
    if (decision.kind === 'restart') vm.actual = { ...vm.actual, repairExitSeq: lastExit.exitSeq };
  }

  private async pass(vm: LeaseVm, life: number): Promise<void> {
    await this.pause(life, 1);
    const { desired } = vm;
    if (!desired) return;
    vm.waits = new AbortController();
    for (const step of plan(desired, vm.actual)) {
      if (vm.desired !== desired) return;
      vm.step = step.step;
      try {
        if (step.step === 'launch') await this.mayLaunch(vm, desired, life);
        if (step.step === 'forget') await this.leases.leave(vm.vmId, desired);
      } finally {
        vm.step = undefined;
      }
      const before = vm.actual.process;
      vm.actual = applyStep(desired, vm.actual, step);
      if (!before && vm.actual.process) this.begin(vm);
      if (before && !vm.actual.process) this.end(vm, 'requested');
    }
    if (vm.process && !this.leases.mayRun(desired)) return;
    vm.observedGeneration = desired.generation;
  }

  private async mayLaunch(vm: LeaseVm, desired: DesiredVm, life: number): Promise<void> {
    if (this.world.mutation === 'never-launches') throw new Error('left out');
    if (this.world.mutation === 'takes-at-once') return;
    await this.leases.mustHold(desired, vm.waits.signal);
    await this.pause(life, this.world.random.between(1, 500));
    if (vm.waits.signal.aborted || !this.leases.mayRun(desired)) throw new Error('the lease is gone');
  }

  private begin(vm: LeaseVm): void {
    vm.process = this.processOf(vm);
    this.world.count(vm.vmId, 1);
  }

  private processOf(vm: LeaseVm): NonNullable<LeaseVm['process']> {
    return { fenced: false, kill: async () => this.end(vm, 'fenced') };
  }

  private end(vm: LeaseVm, reason: 'fenced' | 'host-reboot' | 'requested'): void {
    if (!vm.process) return;
    vm.process = undefined;
    this.world.count(vm.vmId, -1);
    const { process, ...rest } = vm.actual;
    const exitSeq = (vm.actual.lastExit?.exitSeq ?? 0) + 1;
    const startGeneration = process?.startGeneration ?? vm.desired?.startGeneration ?? 0;
    const lastExit = { exitSeq, reason, atMs: this.world.clock.now(), startGeneration, status: '' };
    vm.actual = { ...rest, lastExit };
    vm.wake();
  }

  private watch(): void {
    const { clock, mutation } = this.world;
    for (const [vmId, deadline] of mutation === 'no-watchdog' ? [] : this.deadlines) {
      const vm = this.vms.get(vmId);
      if (vm?.process && clock.monotonic() >= deadline) this.end(vm, 'fenced');
    }
    clock.setTimeout(() => this.watch(), 1_000);
  }
}
