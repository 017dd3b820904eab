/**
 * A fleet on virtual time. The observer's view, rules, gate, budgets and brake, and the hosts' planner, fences and
 * restart policy are the real code; the bus, the clock and QEMU are simulated. All luck comes from one seed, so that
 * a failing one is replayed by its number. Leases and failover are in simulate-failover.ts.
 */
import type { DesiredVm } from '#libs/contracts';
import { HEARTBEAT_JITTER, TIMERS } from '#libs/domain';
import { desiredVm, heartbeat, VirtualClock } from '#libs/testing';
import { Random } from '../../faults/random.js';
import { SimulatedBus } from './simulated-bus.js';
import { type Figures, SimulatedObserver } from './simulated-observer.js';
import { type Mutation, SimulatedVm } from './simulated-vm.js';

const HOSTS = 2;
const VMS = 4;
const FAULTS = 8;
/** All has to be as desired so long after the last fault. */
const SETTLED_MS = 60_000;
const WALL_JUMPS_MS = [-3_600_000, -2_000, 3_600_000];

class SimulatedHost {
  readonly vms = new Map<string, SimulatedVm>();
  frozen = false;
  beaconAt = 0;
  startCount = 1;
  sequence = 0;
  constructor(readonly hostId: string) {}
}

export interface Outcome {
  seed: number;
  /** What did not hold, by the name of the invariant. */
  broken: string[];
  history: string[];
}

class Simulation {
  private readonly random: Random;
  private readonly clock = new VirtualClock();
  private readonly bus: SimulatedBus;
  private readonly hosts = Array.from({ length: HOSTS }, (_, index) => new SimulatedHost(`host-${index}`));
  private readonly desired = new Map<string, DesiredVm>();
  private readonly history: string[] = [];
  private observers: SimulatedObserver[] = [];
  private epoch = 0;

  constructor(
    private readonly seed: number,
    private readonly figures: Figures,
    private readonly mutation: Mutation | undefined,
  ) {
    this.random = new Random(seed);
    this.bus = new SimulatedBus(this.clock, this.random.fork());
    this.bus.onCommand = (command) => {
      const host = this.hosts.find((it) => it.hostId === command.hostId);
      this.whenAwake(host, (awake) => {
        awake.vms.get(command.vmId)?.obey(command);
        this.tell(awake, command.vmId);
      });
    };
  }

  async run(): Promise<Outcome> {
    for (const host of this.hosts) this.beat(host);
    this.beacon();
    this.startObservers(this.random.between(1, 2));
    for (let index = 0; index < VMS; index += 1) this.desire(`vm-${index}`);
    this.republish();
    for (let fault = 0; fault < FAULTS; fault += 1) {
      await this.clock.advance(this.random.between(100, 12_000));
      await this.fault();
    }
    this.heal();
    await this.clock.advance(SETTLED_MS);
    for (const observer of this.observers) observer.kill();
    return { seed: this.seed, broken: this.check(), history: this.history };
  }

  private check(): string[] {
    const vms = this.hosts.flatMap((host) => [...host.vms.values()]);
    const wanted = [...this.desired.values()];
    const differs = wanted.filter(({ vmId, hostId, power, generation }) => {
      const vm = this.hosts.find((it) => it.hostId === hostId)?.vms.get(vmId);
      const running = power === 'running';
      return vm?.desired?.generation !== generation || (vm.live === 1) !== running;
    });
    return [
      ...(vms.some((vm) => vm.most > 1) ? ['I1'] : []),
      ...(differs.length > 0 ? ['I6'] : []),
      ...(vms.some((vm) => vm.fell) ? ['I7'] : []),
    ];
  }

  private async fault(): Promise<void> {
    const host = this.random.pick(this.hosts);
    const kinds = ['kill', 'kill', 'cut-in', 'cut-out', 'freeze', 'observers', 'restart', 'clock', 'change'];
    const kind = this.random.pick([...kinds, 'heal']);
    this.history.push(`${Math.round(this.clock.monotonic())} ms ${kind} ${host.hostId}`);
    switch (kind) {
      case 'kill':
        return this.killOne(host);
      case 'cut-in':
        return void this.bus.cutIn.add(host.hostId);
      case 'cut-out':
        return void this.bus.cutOut.add(host.hostId);
      case 'freeze':
        host.frozen = true;
        return;
      case 'observers':
        return this.startObservers(this.random.between(0, 2));
      case 'restart':
        return this.restart(host);
      case 'clock':
        return this.clock.jumpWall(this.random.pick(WALL_JUMPS_MS));
      case 'change':
        return this.change();
      default:
        return this.heal();
    }
  }

  private killOne(host: SimulatedHost): void {
    const vms = [...host.vms.values()];
    if (vms.length === 0) return;
    const vm = this.random.pick(vms);
    vm.kill();
    this.whenAwake(host, (awake) => this.tell(awake, vm.vmId));
  }

  private restart(host: SimulatedHost): void {
    host.startCount += 1;
    host.frozen = false;
    host.beaconAt = this.clock.monotonic();
    for (const vm of host.vms.values()) vm.pass();
  }

  private heal(): void {
    this.bus.cutIn.clear();
    this.bus.cutOut.clear();
    for (const host of this.hosts) host.frozen = false;
    if (this.observers.length === 0) this.startObservers(1);
  }

  private startObservers(count: number): void {
    for (const observer of this.observers) observer.kill();
    this.observers = Array.from({ length: count }, () => {
      this.epoch += 1;
      const observer = new SimulatedObserver(this.clock, this.bus, this.figures, this.epoch);
      for (const vm of this.desired.values()) observer.view.applyDesired(vm, this.clock.now());
      return observer;
    });
  }

  private desire(vmId: string): void {
    const { hostId } = this.random.pick(this.hosts);
    const restart = { policy: 'always', maxRetries: 20, windowSeconds: 1 } as const;
    this.publish(desiredVm({ vmId, hostId, restart }));
  }

  private change(): void {
    const vm = this.random.pick([...this.desired.values()]);
    const generation = vm.generation + 1;
    const off = vm.power === 'running';
    const startGeneration = off ? vm.startGeneration : vm.startGeneration + 1;
    this.publish({ ...vm, generation, startGeneration, power: off ? 'stopped' : 'running' });
  }

  private publish(vm: DesiredVm): void {
    this.desired.set(vm.vmId, vm);
    for (const { view, inspector } of this.observers) {
      view.applyDesired(vm, this.clock.now());
      void inspector.inspectVm(vm.vmId);
    }
    this.send(vm);
  }

  private send(vm: DesiredVm): void {
    const host = this.hosts.find((it) => it.hostId === vm.hostId);
    this.bus.toHost(vm.hostId, () =>
      this.whenAwake(host, (awake) => {
        const held = awake.vms.get(vm.vmId) ?? new SimulatedVm(vm.vmId, this.clock, this.mutation);
        awake.vms.set(vm.vmId, held);
        held.accept(vm);
        this.tell(awake, vm.vmId);
      }),
    );
  }

  /** intel publishes again what made no progress. */
  private republish(): void {
    for (const vm of this.desired.values()) this.send(vm);
    this.clock.setTimeout(() => this.republish(), TIMERS.republish);
  }

  private beacon(): void {
    for (const host of this.observers.length > 0 ? this.hosts : []) {
      if (this.observers.some((it) => it.control.decides) && !this.bus.cutIn.has(host.hostId)) {
        host.beaconAt = this.clock.monotonic();
      }
    }
    this.clock.setTimeout(() => this.beacon(), TIMERS.beacon);
  }

  private beat(host: SimulatedHost): void {
    if (!host.frozen) {
      if (this.clock.monotonic() - host.beaconAt > TIMERS.beaconLost) {
        for (const vm of host.vms.values()) vm.restartAlone();
      }
      host.sequence += 1;
      const { hostId, startCount, sequence } = host;
      const vms = [...host.vms.values()].flatMap((vm) => vm.row({ startCount, sequence }));
      const message = heartbeat({ hostId, startCount, sequence, vms, sentAtMs: this.clock.now() });
      this.bus.fromHost(hostId, () => {
        for (const { view, inspector, heard } of this.observers) {
          for (const vmId of view.applyHeartbeat(message, heard)) void inspector.inspectVm(vmId);
        }
      });
    }
    const spread = 1 + HEARTBEAT_JITTER * (2 * this.random.next() - 1);
    this.clock.setTimeout(() => this.beat(host), TIMERS.heartbeat * spread);
  }

  private tell(host: SimulatedHost, vmId: string): void {
    host.sequence += 1;
    const { hostId, startCount, sequence } = host;
    const [row] = host.vms.get(vmId)?.row({ startCount, sequence }) ?? [];
    if (!row) return;
    this.bus.fromHost(hostId, () => {
      for (const { view, inspector, heard } of this.observers) {
        if (view.applyEvent(hostId, row, heard)) void inspector.inspectVm(vmId);
      }
    });
  }

  private whenAwake(host: SimulatedHost | undefined, work: (host: SimulatedHost) => void): void {
    if (!host) return;
    if (!host.frozen) work(host);
    else this.clock.setTimeout(() => this.whenAwake(host, work), 500);
  }
}

export function simulate(seed: number, figures: Figures, mutation?: Mutation): Promise<Outcome> {
  return new Simulation(seed, figures, mutation).run();
}
