/**
 * The leases of the VMs with failover on this host. While one is wanted here its record on the shared pool is renewed;
 * when that fails for too long, or another host has taken it, QEMU is ended at once, whatever else this host believes.
 * The watchdog outside does the same when this process cannot.
 *
 * What counts is when a renewal was begun, by the monotonic clock, and only once it succeeded. Work on one pool is done
 * one after the other: a storage that does not answer keeps one thread waiting, not all of them.
 */
import type { Clock, Timer } from '#libs/clock';
import type { DesiredVm, LeaseAsk, LeaseReport, LeaseSight } from '#libs/contracts';
import {
  decideHold,
  decideTake,
  holderOf,
  hostOfHolder,
  type LeaseRecord,
  type LeaseWatch,
  leaseIsOver,
  mayRunUnder,
  readLease,
  TIMERS,
  watchLease,
} from '#libs/domain';
import { VmanError } from '#libs/errors';
import type { Logger } from '#libs/logging';
import type { Pools } from '../pools/pools.js';
import type { LeaseFiles } from './lease-files.js';
import type { Watchdog } from './watchdog.js';

const TICK_MS = 500;
/** Between two looks at a lease that another host has. */
const LOOK_MS = 1_000;
/** How long a launch waits for a lease before it counts as failed, to be tried again. */
const WAIT_MS = TIMERS.leaseTakeover + 10_000;

interface Held {
  readonly poolId: string;
  record: LeaseRecord;
  renewedAtMs: number;
  /** Given up: nothing renews it any more. */
  over: boolean;
}

type Wanted = Pick<DesiredVm, 'vmId' | 'generation'> & { failover: { poolId: string } };
/** What is looked at of a VM, and done to it. */
export interface GuardedVm {
  readonly vmId: string;
  readonly desired: DesiredVm | undefined;
  readonly process: { fenced: boolean; kill(): Promise<unknown> } | undefined;
  /** The step that runs now. */
  readonly step: unknown;
  lease: LeaseReport | undefined;
  wake(): void;
}

export interface LeasesOptions {
  hostId: string;
  clock: Clock;
  logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  pools: Pick<Pools, 'folder'>;
  pidFile: (vmId: string) => string;
  dryRun: boolean;
  bootId: () => Promise<string>;
  files: LeaseFiles;
  watchdog: Pick<Watchdog, 'guard' | 'release'> & {
    /** The time that the machine slept included. */
    sinceBootMs(): Promise<number>;
  };
}

type Sight = { record: LeaseRecord | undefined; watch: LeaseWatch };

export class Leases {
  private readonly held = new Map<string, Held>();
  private readonly watches = new Map<string, LeaseWatch>();
  private readonly waitsFor = new Map<string, string>();
  private readonly busy = new Set<string>();
  private readonly queues = new Map<string, Promise<unknown>>();
  private timer: Timer | undefined;
  private stopped = false;
  private boot = '';

  constructor(private readonly host: LeasesOptions) {}

  /** `vms`: those of this host of which it is known what runs. */
  start(vms: () => GuardedVm[]): void {
    if (this.stopped) return;
    for (const vm of vms()) this.tend(vm);
    this.timer = this.host.clock.setTimeout(() => this.start(vms), TICK_MS);
  }

  /**
   * The agent goes. When it alone does, it comes again, and nobody takes its leases for a while longer; when the whole
   * machine does, its guests end with it, and nobody is to wait for them.
   */
  async stop({ withMachine }: { withMachine: boolean }): Promise<void> {
    this.stopped = true;
    this.timer?.cancel();
    const restMs = withMachine ? 0 : TIMERS.leaseRest;
    await Promise.all(
      [...this.held].map(([vmId, held]) => this.renew(vmId, held, { restMs }).catch(() => undefined)),
    );
  }

  /** Whether this host holds one. */
  get any(): boolean {
    return this.held.size > 0;
  }

  /** Whether the VM may run now. One without failover needs no lease. */
  mayRun({ vmId, failover }: Pick<DesiredVm, 'vmId' | 'failover'>): boolean {
    return !failover || mayRunUnder(this.held.get(vmId)?.renewedAtMs, this.host.clock.monotonic());
  }

  reportOf({ vmId, failover }: Pick<DesiredVm, 'vmId' | 'failover'>): LeaseReport | undefined {
    if (!failover) return undefined;
    if (this.held.has(vmId)) return { state: 'held', holderHostId: this.host.hostId };
    const holder = this.waitsFor.get(vmId);
    return holder === undefined
      ? { state: 'none', holderHostId: '' }
      : { state: 'waiting', holderHostId: hostOfHolder(holder) };
  }

  /**
   * Resolves once the VM may be launched here; throws VmanError `lease_held` when another host goes on holding the
   * lease, `pool_unavailable`.
   */
  async mustHold(desired: DesiredVm, signal: AbortSignal): Promise<void> {
    if (!isGuarded(desired)) return;
    const { clock } = this.host;
    const until = clock.monotonic() + WAIT_MS;
    for (;;) {
      const held = this.held.get(desired.vmId);
      if (held) await this.renew(desired.vmId, held);
      if (this.mayRun(desired) || (await this.acquire(desired))) return this.granted(desired.vmId);
      if (signal.aborted) return;
      const holder = this.waitsFor.get(desired.vmId) ?? '';
      if (clock.monotonic() >= until) {
        throw new VmanError('lease_held', `Host ${hostOfHolder(holder)} holds the lease of the VM.`);
      }
      await new Promise<void>((resolve) => {
        clock.setTimeout(resolve, LOOK_MS);
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    }
  }

  /** The VM leaves this host: the lease is free for another one, or gone with the VM. */
  async leave(vmId: string, { failover, presence }: DesiredVm): Promise<void> {
    await this.host.watchdog.release(vmId);
    const held = this.giveUp(vmId);
    this.waitsFor.delete(vmId);
    this.watches.delete(vmId);
    try {
      if (held) await this.write(held, { state: 'free', restMs: 0 });
      if (presence === 'deleted' && failover) {
        await this.on(failover.poolId, (pool) => this.host.files.removeLease(pool, vmId));
      }
    } catch (error) {
      this.host.logger.warn({ err: error, vmId }, 'a lease could not be given back; it runs out');
    }
  }

  /** Leases as this host sees them; it watches them from the first question on. */
  async sights(asks: readonly LeaseAsk[]): Promise<LeaseSight[]> {
    return Promise.all(asks.map((ask) => this.sight(ask)));
  }

  private async sight({ vmId, poolId }: LeaseAsk): Promise<LeaseSight> {
    const nothing = { vmId, holderHostId: '', generation: 0, unchangedMs: 0, reason: '' };
    try {
      const seen = await this.look(vmId, poolId);
      if (!seen) return { ...nothing, state: 'over' };
      const { record, watch } = seen;
      const now = this.host.clock.monotonic();
      return {
        ...nothing,
        state: leaseIsOver(record, watch, now) ? 'over' : 'held',
        holderHostId: hostOfHolder(record?.holder ?? ''),
        generation: record?.generation ?? 0,
        unchangedMs: Math.floor(now - watch.sinceMs),
      };
    } catch (error) {
      return { ...nothing, state: 'unreadable', reason: (error as Error).message };
    }
  }

  /** What time alone makes due for one VM. */
  private tend(vm: GuardedVm): void {
    const { desired, vmId } = vm;
    const held = this.held.get(vmId);
    if (!desired || this.host.dryRun) return;
    if (vm.process?.fenced) this.end(vm);
    else if (held) this.tendHeld(vm, held);
    // A process that was adopted, or that ran before failover was asked for.
    else if (isGuarded(desired) && vm.process) this.alone(vmId, () => this.mustEnter(vm, desired));
    else if (!vm.process && !wantsToRun(vm)) this.waitsFor.delete(vmId);
    vm.lease = this.reportOf(desired);
  }

  private tendHeld(vm: GuardedVm, held: Held): void {
    const { desired, vmId } = vm;
    const next = decideHold(held.renewedAtMs, this.host.clock.monotonic());
    if (next.kind === 'stop') {
      this.fence(vm, 'its lease could not be renewed in time');
      return;
    }
    const state = !desired?.failover ? 'off' : vm.process || wantsToRun(vm) ? 'held' : 'free';
    if (state !== 'held' && vm.step === undefined) this.alone(vmId, () => this.giveBack(vmId, held, state));
    else if (next.kind === 'renew') this.alone(vmId, () => this.renewOrFence(vm, held));
  }

  private async renewOrFence(vm: GuardedVm, held: Held): Promise<void> {
    if (!(await this.renew(vm.vmId, held))) this.fence(vm, 'another host has its lease');
  }

  private async mustEnter(vm: GuardedVm, desired: Wanted): Promise<void> {
    if (await this.acquire(desired)) {
      await this.granted(vm.vmId);
      vm.wake();
      return;
    }
    if (vm.process) this.fence(vm, 'another host has its lease');
  }

  private async giveBack(vmId: string, held: Held, state: 'free' | 'off'): Promise<void> {
    this.giveUp(vmId);
    await this.host.watchdog.release(vmId);
    await this.write(held, { state, restMs: 0 });
  }

  private giveUp(vmId: string): Held | undefined {
    const held = this.held.get(vmId);
    if (held) held.over = true;
    this.held.delete(vmId);
    return held;
  }

  /** QEMU must not go on. The lease is given up: whoever launches the VM again has to get it first. */
  private fence(vm: GuardedVm, why: string): void {
    this.giveUp(vm.vmId);
    if (!vm.process) return;
    this.host.logger.error({ vmId: vm.vmId, why }, 'a guest is stopped: it must not run without its lease');
    vm.process.fenced = true;
    this.end(vm);
  }

  private end(vm: GuardedVm): void {
    void vm.process?.kill().catch((error) => {
      this.host.logger.error(
        { err: error, vmId: vm.vmId },
        'a guest could not be stopped; the watchdog tries',
      );
    });
  }

  /** Takes it if it may be taken; false when another host has it. */
  private async acquire(desired: Wanted): Promise<boolean> {
    const { vmId, generation } = desired;
    const { poolId } = desired.failover;
    this.boot ||= await this.host.bootId();
    const holder = holderOf(this.host.hostId, this.boot);
    const seen = await this.look(vmId, poolId);
    const decision = decideTake(seen, { holder, generation }, this.host.clock.monotonic());
    switch (decision.kind) {
      case 'wait':
      case 'refuse':
        this.waitFor(vmId, decision.holder);
        return false;
      case 'resume': {
        if (!seen?.record) return false;
        const record = { ...seen.record, generation };
        return this.renew(vmId, { poolId, record, renewedAtMs: Number.NEGATIVE_INFINITY, over: false });
      }
      case 'take': {
        const record: LeaseRecord = {
          vmId,
          term: decision.term,
          holder,
          generation,
          counter: 1,
          restMs: 0,
          state: 'held',
        };
        const renewedAtMs = this.host.clock.monotonic();
        const deadline = await this.deadline(0);
        if (!(await this.on(poolId, (pool) => this.host.files.takeTerm(pool, record)))) return false;
        this.host.logger.info({ vmId, term: record.term, generation }, 'took the lease of a VM');
        return this.keep(vmId, { poolId, record, renewedAtMs, over: false }, deadline);
      }
    }
  }

  private waitFor(vmId: string, holder: string): void {
    if (this.waitsFor.get(vmId) === holder) return;
    this.waitsFor.set(vmId, holder);
    this.host.logger.info({ vmId, holder: hostOfHolder(holder) }, 'a VM waits for its lease');
  }

  /** False when another host has it. */
  private async renew(vmId: string, held: Held, { restMs = 0 } = {}): Promise<boolean> {
    const renewedAtMs = this.host.clock.monotonic();
    const deadline = await this.deadline(restMs);
    if (held.over) return false;
    if (!(await this.write(held, { restMs }))) {
      this.giveUp(vmId);
      return false;
    }
    held.renewedAtMs = Math.max(held.renewedAtMs, renewedAtMs);
    return this.keep(vmId, held, deadline);
  }

  private async keep(vmId: string, held: Held, deadlineMs: number): Promise<boolean> {
    if (!held.over) this.held.set(vmId, held);
    await this.host.watchdog.guard(vmId, this.host.pidFile(vmId), deadlineMs);
    // Given back meanwhile: what runs on without a lease is not to be ended for it.
    if (held.over) await this.host.watchdog.release(vmId);
    return !held.over;
  }

  private async granted(vmId: string): Promise<void> {
    this.waitsFor.delete(vmId);
    this.watches.delete(vmId);
  }

  private write(held: Held, change: Partial<LeaseRecord>): Promise<boolean> {
    return this.on(held.poolId, (pool) => {
      held.record = { ...held.record, ...change, counter: held.record.counter + 1 };
      return this.host.files.renewTerm(pool, held.record);
    });
  }

  private async deadline(restMs: number): Promise<number> {
    return (await this.host.watchdog.sinceBootMs()) + TIMERS.leaseOwnStop + restMs;
  }

  private async look(vmId: string, poolId: string): Promise<Sight | undefined> {
    const seen = await this.on(poolId, (pool) => this.host.files.readNewest(pool, vmId));
    if (!seen) return undefined;
    const watch = watchLease(this.watches.get(vmId), seen, this.host.clock.monotonic());
    this.watches.set(vmId, watch);
    return { record: readLease(seen.text), watch };
  }

  /** One piece of work a VM at a time; a failure is tried again with the next tick. */
  private alone(vmId: string, work: () => Promise<void>): void {
    if (this.busy.has(vmId)) return;
    this.busy.add(vmId);
    void work()
      .catch((error) => this.host.logger.warn({ err: error, vmId }, 'the lease of a VM could not be tended'))
      .finally(() => this.busy.delete(vmId));
  }

  private on<T>(poolId: string, work: (folder: string) => Promise<T>): Promise<T> {
    const before = this.queues.get(poolId) ?? Promise.resolve();
    const turn = before.catch(() => undefined).then(() => work(this.host.pools.folder(poolId)));
    this.queues.set(poolId, turn);
    return turn;
  }
}

function isGuarded<T extends DesiredVm>(desired: T): desired is T & Wanted {
  return desired.failover !== undefined;
}

/** It is to run here, whether or not it does: then nobody else is to have its lease. */
function wantsToRun({ desired }: GuardedVm): boolean {
  return desired?.presence === 'present' && desired.power !== 'stopped';
}
