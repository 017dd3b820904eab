/**
 * Hosts with one shared pool on virtual time: crashes, frozen agents, cuts of the bus in either direction, pools that
 * do not answer, agents and machines that are stopped in order, and returns. Leases, the decision to place again, the placement and the states of hosts are the real
 * code. Checked all the time: never two processes of a VM (I1), no generation that falls (I7), never `running` for a
 * VM of a host that was not heard (I9); and a minute after the last fault that each VM runs once, where it should (I6):
 * the last one may be that a machine is shut down in order, and stays away.
 */
import type { DesiredVm, HostState } from '#libs/contracts';
import { decideFailover, HOST_STATE_TABLE, hostState, place, TIMERS } from '#libs/domain';
import { desiredVm, VirtualClock } from '#libs/testing';
import { Random } from '../../faults/random.js';
import { LeaseHost, type LeaseMutation } from './lease-host.js';
import { SharedStorage } from './shared-storage.js';
import type { Outcome } from './simulate.js';

const HOSTS = 3;
const VMS = 2;
const FAULTS = 5;
/** Within it even a lease is over that a host went on holding until the last fault ended. */
const SETTLED_MS = 60_000;
const EVERY_MS = 2_000;
/** Of an upgrade: its start included. */
const UPGRADE_MS = 40_000;
const MEMORY_MIB = 4_096;

class FailoverSimulation {
  private readonly clock = new VirtualClock();
  private readonly storage = new SharedStorage();
  private readonly random: Random;
  private readonly hosts: LeaseHost[];
  private readonly desired = new Map<string, DesiredVm>();
  private readonly observed = new Map<string, { generation: number; running: boolean }>();
  private readonly live = new Map<string, number>();
  private readonly broken = new Set<string>();
  private readonly history: string[] = [];
  /** A lease rests for an agent that was about to come again when its machine crashed: two faults in one. */
  private rests = false;
  private over = false;

  constructor(
    private readonly seed: number,
    mutation: LeaseMutation | undefined,
  ) {
    this.random = new Random(seed);
    const world = {
      clock: this.clock,
      storage: this.storage,
      random: this.random.fork(),
      mutation,
      count: (vmId: string, change: 1 | -1) => this.count(vmId, change),
    };
    this.hosts = Array.from({ length: HOSTS }, (_, index) => new LeaseHost(`host-${index}`, world));
  }

  async run(): Promise<Outcome> {
    for (let index = 0; index < VMS; index += 1) {
      const { hostId } = this.random.pick(this.hosts);
      const failover = { poolId: 'pool' };
      const restart = { policy: 'always', maxRetries: 20, windowSeconds: 1 } as const;
      this.publish(desiredVm({ vmId: `vm-${index}`, hostId, restart, failover }));
    }
    for (const host of this.hosts) this.beat(host);
    this.intel();
    await this.clock.advance(5_000);
    for (let fault = 0; fault < FAULTS; fault += 1) {
      this.fault();
      await this.clock.advance(this.random.between(500, 35_000));
    }
    this.heal();
    if (this.random.chance(0.25)) await this.leaveForGood();
    await this.settle();
    this.over = true;
    for (const vm of this.desired.values()) {
      const runs = this.hosts.filter((it) => it.row(vm.vmId)?.state === 'running').map((it) => it.hostId);
      if (runs.length !== 1 || runs[0] !== vm.hostId) this.broken.add('I6');
    }
    for (const host of this.hosts) host.crash();
    return { seed: this.seed, broken: [...this.broken], history: this.history };
  }

  private async settle(): Promise<void> {
    await this.clock.advance(SETTLED_MS + (this.rests ? TIMERS.leaseRest : 0));
  }

  /** Once what was healed has come to rest, so that what is measured is this. */
  private async leaveForGood(): Promise<void> {
    await this.settle();
    this.rests = false;
    const host = this.random.pick(this.hosts);
    this.note(`shutdown ${host.hostId}, for good`);
    void host.shutDown();
  }

  private fault(): void {
    const host = this.random.pick(this.hosts);
    const kind = this.random.pick([
      'crash',
      'freeze',
      'freeze',
      'silent',
      'pool',
      'agent',
      'shutdown',
      'boot',
      'heal',
    ]);
    this.note(`${kind} ${host.hostId}`);
    switch (kind) {
      case 'crash':
        if (host.away) this.rests = true;
        host.crash();
        return;
      case 'boot':
        if (host.off) host.boot();
        return;
      case 'agent':
        void host.restartAgent(this.random.between(100, UPGRADE_MS));
        return;
      case 'shutdown':
        void host.shutDown();
        return;
      case 'freeze':
        host.frozen = !host.off;
        return;
      case 'silent':
        host.silent = true;
        return;
      case 'pool':
        host.cutOff = true;
        return;
      default:
        this.heal();
    }
  }

  private heal(): void {
    for (const host of this.hosts) {
      host.frozen = false;
      host.silent = false;
      host.cutOff = false;
      if (host.off) host.boot();
    }
  }

  private beat(host: LeaseHost): void {
    if (!host.quiet) {
      host.heardAt = this.clock.monotonic();
      for (const vm of this.desired.values()) {
        const row = vm.hostId === host.hostId ? host.row(vm.vmId) : undefined;
        const generation = row?.observedGeneration ?? 0;
        if (row) this.observed.set(vm.vmId, { generation, running: row.state === 'running' });
      }
    }
    if (!this.over) this.clock.setTimeout(() => this.beat(host), TIMERS.heartbeat);
  }

  /** Its sweep, and the safety net that tells again. */
  private intel(): void {
    void this.sweep();
    for (const vm of this.desired.values()) {
      this.send(vm);
      // I9, as the API shows it.
      const state = this.stateOf(vm.hostId);
      const shown = HOST_STATE_TABLE[state].vmsAreKnown && this.observed.get(vm.vmId)?.running;
      const silent = this.clock.monotonic() - this.hostOf(vm.hostId).heardAt;
      if (shown && silent >= TIMERS.hostUnknown) this.broken.add('I9');
    }
    if (!this.over) this.clock.setTimeout(() => this.intel(), EVERY_MS);
  }

  private async sweep(): Promise<void> {
    for (const vm of this.desired.values()) {
      const state = this.stateOf(vm.hostId);
      if (!HOST_STATE_TABLE[state].failsOver) continue;
      const target = this.targetFor(vm);
      const lease = target && (await target.sights([{ vmId: vm.vmId, poolId: 'pool' }]))[0];
      const now = this.stateOf(vm.hostId);
      const decision = decideFailover({
        hostState: now,
        toldLost: HOST_STATE_TABLE[now].failsOver,
        observerLack: undefined,
        paused: false,
        observedGeneration: this.observed.get(vm.vmId)?.generation ?? 0,
        failoverGeneration: 1,
        lease: lease || undefined,
      });
      if (decision.kind === 'place' && target && this.desired.get(vm.vmId) === vm)
        this.move(vm, target.hostId);
    }
  }

  private targetFor(vm: DesiredVm): LeaseHost | undefined {
    const hosts = this.hosts
      .filter((it) => it.hostId !== vm.hostId)
      .map(({ hostId, heardAt }) => ({
        hostId,
        name: hostId,
        labels: {},
        cpus: 64,
        memoryMib: MEMORY_MIB,
        cpuOvercommitPercent: 800,
        memoryOvercommitPercent: 100,
        usedMemoryMib: 0,
        usedVcpus: 0,
        alive: this.clock.monotonic() - heardAt < TIMERS.hostSuspect,
        cordoned: false,
        dryRun: false,
      }));
    const placement = place({ vcpus: 1, memoryMib: 64 }, hosts, new Map());
    return placement.kind === 'placed' ? this.hostOf(placement.hostId) : undefined;
  }

  private move(vm: DesiredVm, hostId: string): void {
    const generation = vm.generation + 1;
    this.note(`placed ${vm.vmId} on ${hostId} again, generation ${generation}`);
    this.observed.delete(vm.vmId);
    this.until(vm.hostId, () => ({ ...vm, generation, presence: 'released' }));
    this.publish({ ...vm, hostId, generation, startGeneration: generation });
  }

  private publish(vm: DesiredVm): void {
    this.desired.set(vm.vmId, vm);
    this.send(vm);
  }

  private send(vm: DesiredVm): void {
    const host = this.hostOf(vm.hostId);
    if (host.quiet) return;
    const before = host.row(vm.vmId)?.observedGeneration ?? 0;
    host.accept(vm);
    if ((host.row(vm.vmId)?.observedGeneration ?? 0) < before) this.broken.add('I7');
  }

  /** A stream keeps it until the host hears. */
  private until(hostId: string, message: () => DesiredVm): void {
    const host = this.hostOf(hostId);
    if (!host.quiet) host.accept(message());
    else if (!this.over) this.clock.setTimeout(() => this.until(hostId, message), 500);
  }

  private count(vmId: string, change: 1 | -1): void {
    const live = (this.live.get(vmId) ?? 0) + change;
    this.live.set(vmId, live);
    if (live > 1) {
      this.broken.add('I1');
      this.note(`${vmId} runs twice`);
    }
  }

  private stateOf(hostId: string): HostState {
    const silentMs = this.clock.monotonic() - this.hostOf(hostId).heardAt;
    return hostState({ silentMs, upkeep: 'open', leaving: false });
  }

  private hostOf(hostId: string): LeaseHost {
    const host = this.hosts.find((it) => it.hostId === hostId);
    if (!host) throw new Error(`there is no ${hostId}`);
    return host;
  }

  private note(what: string): void {
    this.history.push(`${Math.round(this.clock.monotonic())} ms ${what}`);
  }
}

export function simulateFailover(seed: number, mutation?: LeaseMutation): Promise<Outcome> {
  return new FailoverSimulation(seed, mutation).run();
}
