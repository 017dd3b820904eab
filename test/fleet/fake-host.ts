/**
 * A host without QEMU, for fleets of hundreds: the operator's messages on a real bus, through its own durable
 * consumers; the planner, the fences and the restart policy of the operator as they are; processes that are numbers.
 * The contract of a host (host-contract.ts) is run on this one and on the real operator.
 */
import { type Bus, JetStreamStrategy } from '#libs/bus';
import {
  COMMANDS_STREAM,
  type Command,
  commandEventCodec,
  DESIRED_STREAM,
  type DesiredVm,
  heartbeatCodec,
  subjects,
  type VmReport,
  vmEventCodec,
} from '#libs/contracts';
import { HEARTBEAT_JITTER, TIMERS } from '#libs/domain';
import { heartbeat } from '#libs/testing';
import { SimulatedVm } from '../simulator/simulated-vm.js';

const WALL = { now: () => Date.now() };
/** A VM that left is shown for a while, in case the event was lost. */
const BURIED_MAX = 100;

export class FakeHost {
  private readonly vms = new Map<string, SimulatedVm>();
  private readonly told = new Map<string, VmReport>();
  private readonly buried = new Map<string, VmReport>();
  private readonly adopted = new Set<string>();
  /** Hears of each repair once it was carried out. */
  onRepair: (vmId: string) => void = () => {};
  /** When it beat last, on the monotonic clock. */
  sentAt: number | undefined;
  private sequence = 0;
  private strategy: JetStreamStrategy | undefined;
  private beating: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(
    private readonly bus: Bus,
    readonly hostId: string,
    readonly name: string,
  ) {}

  start(): void {
    const strategy = new JetStreamStrategy({ bus: this.bus, host: this.hostId, maxInFlight: 16 });
    strategy.addHandler(`${DESIRED_STREAM}/host-{host}`, (vm) => this.accept(vm as DesiredVm), true);
    strategy.addHandler(`${COMMANDS_STREAM}/host-{host}`, (command) => this.obey(command as Command), true);
    strategy.listen(() => {});
    this.strategy = strategy;
    // Hosts do not start together, so they do not beat together.
    this.beatIn(Math.random() * TIMERS.heartbeat);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.beating);
    await this.strategy?.close();
  }

  /** A VM that has run here for long: nothing of it is news. */
  adopt(desired: DesiredVm): VmReport[] {
    const vm = this.open(desired.vmId);
    vm.accept(desired);
    this.adopted.add(desired.vmId);
    return this.rowOf(vm);
  }

  /** Whether it has read everything that it runs from long ago. */
  get hasReadAll(): boolean {
    return this.adopted.size === 0;
  }

  /** Ends the process of a VM, as kill -9 would. */
  async kill(vmId: string): Promise<void> {
    const vm = this.vms.get(vmId);
    vm?.kill();
    if (vm) await this.tell(vm);
  }

  /** The same, and the event of it is lost. */
  killUnheard(vmId: string): void {
    const vm = this.vms.get(vmId);
    vm?.kill();
    if (vm) this.rowOf(vm, 'look');
  }

  /** Publishes one heartbeat now. */
  beat(): void {
    const vms = [...this.vms.values()].flatMap((vm) => this.rowOf(vm));
    const message = heartbeat({
      hostId: this.hostId,
      hostName: this.name,
      sentAtMs: Date.now(),
      sequence: ++this.sequence,
      capacity: { cpus: 512, memoryMib: 1 << 20, storageBytes: 2 ** 44, storageFreeBytes: 2 ** 43 },
      vms: [...vms, ...this.buried.values()],
    });
    this.sentAt = performance.now();
    this.bus.publish(subjects.heartbeat(this.hostId), heartbeatCodec, message);
  }

  private beatIn(ms: number): void {
    if (this.stopped) return;
    this.beating = setTimeout(() => {
      this.beat();
      this.beatIn(TIMERS.heartbeat * (1 + HEARTBEAT_JITTER * (2 * Math.random() - 1)));
    }, ms);
  }

  private async accept(desired: DesiredVm): Promise<void> {
    if (desired.hostId !== this.hostId) return;
    const gone = this.buried.get(desired.vmId);
    if (gone && desired.generation <= gone.acceptedGeneration) return this.publish(gone);
    // Read for the first time, but nothing new.
    if (this.adopted.delete(desired.vmId)) return;
    const known = this.vms.get(desired.vmId);
    const before = known?.desired?.generation ?? 0;
    if (desired.generation < before) return;
    const vm = known ?? this.open(desired.vmId);
    vm.accept(desired);
    if (desired.presence === 'present')
      return this.tell(vm, desired.generation === before ? 'again' : 'news');
    await this.bury(vm, desired);
  }

  private async obey(command: Command): Promise<void> {
    const vm = this.vms.get(command.vmId);
    if (!vm || command.hostId !== this.hostId) return;
    vm.obey(command);
    const { operationId, vmId, action } = command;
    await this.tell(vm);
    // What it did is told by the VM's row.
    if (action.$case === 'repair') return this.onRepair(vmId);
    const done = { operationId, status: 'succeeded', attempt: 1, atMs: Date.now() } as const;
    const answer = { hostId: this.hostId, vmId, ...done };
    await this.bus.publishDurable(subjects.event(this.hostId, 'command'), commandEventCodec, answer);
  }

  private async bury(vm: SimulatedVm, desired: DesiredVm): Promise<void> {
    const [row] = vm.row(this.nextRev());
    this.vms.delete(vm.vmId);
    this.told.delete(vm.vmId);
    if (!row) return;
    const told: VmReport = { ...row, state: 'absent', reason: desired.presence, pid: 0 };
    this.buried.set(vm.vmId, told);
    for (const id of [...this.buried.keys()].slice(0, -BURIED_MAX)) this.buried.delete(id);
    await this.publish(told, desired);
  }

  private open(vmId: string): SimulatedVm {
    const vm = new SimulatedVm(vmId, WALL, undefined);
    this.vms.set(vmId, vm);
    return vm;
  }

  private async tell(vm: SimulatedVm, why: 'news' | 'again' = 'news'): Promise<void> {
    const before = this.told.get(vm.vmId);
    const [row] = this.rowOf(vm, 'look');
    if (row && (row !== before || why === 'again')) await this.publish(row, vm.desired);
  }

  /** The row as it is now; its revision is raised when it says something new. A beat does not look anew. */
  private rowOf(vm: SimulatedVm, how: 'look' | 'known' = 'known'): VmReport[] {
    const before = this.told.get(vm.vmId);
    if (before && how === 'known') return [before];
    const [row] = vm.row(before?.rev ?? this.nextRev());
    if (!row) return [];
    if (before && JSON.stringify(before) === JSON.stringify(row)) return [before];
    const told = before ? { ...row, rev: this.nextRev() } : row;
    this.told.set(vm.vmId, told);
    return [told];
  }

  private async publish(report: VmReport, desired?: DesiredVm): Promise<void> {
    const event = { hostId: this.hostId, report, cause: desired?.cause, atMs: Date.now(), steps: [] };
    // A lost event costs nothing but time: the same row comes with the next heartbeat.
    await this.bus.publishDurable(subjects.event(this.hostId, 'vm'), vmEventCodec, event).catch(() => {});
  }

  private nextRev(): VmReport['rev'] {
    return { startCount: 1, sequence: ++this.sequence };
  }
}
