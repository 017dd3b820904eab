/**
 * An operator without QEMU that speaks the real messages: it hears desired states and commands through its own
 * durable consumers and does at once what they ask, unless the test holds it or scripts the answer.
 */
import { randomUUID } from 'node:crypto';
import { Bus, JetStreamStrategy } from '#libs/bus';
import {
  COMMANDS_STREAM,
  type Command,
  type CommandResult,
  commandEventCodec,
  DESIRED_STREAM,
  type DesiredVm,
  type Failure,
  type Heartbeat,
  heartbeatCodec,
  type LeaseSight,
  leasesReplyCodec,
  leasesRequestCodec,
  type RepairEvent,
  repairEventCodec,
  subjects,
  type VmReport,
  vmEventCodec,
} from '#libs/contracts';
import { heartbeat, silentLogger, vmReport } from '#libs/testing';

export class ScriptedOperator {
  readonly hostId = randomUUID();
  /** Every desired state in the order of its arrival. */
  readonly desired: DesiredVm[] = [];
  readonly commands: Command[] = [];
  readonly launches: { vmId: string; startGeneration: number }[] = [];
  seedMarkers = 0;
  memoryMib = 8192;
  /** Hears, and answers nothing. */
  held = false;
  /** Hears commands, and leaves the answers to the test. */
  heldCommands = false;
  /** VMs that cannot be brought up, and why. */
  readonly failing = new Map<string, Failure>();
  private readonly rows = new Map<string, VmReport>();
  private readonly accepted = new Map<string, number>();
  private sequence = 0;
  /** What it sees of leases of VMs, when it is asked. */
  leases: (vmId: string) => LeaseSight['state'] = () => 'held';
  private readonly stops: { stop(): void | Promise<void> }[] = [];
  private beating: NodeJS.Timeout | undefined;

  private constructor(
    readonly bus: Bus,
    readonly name: string,
  ) {}

  static async start(url: string, name = 'host-1'): Promise<ScriptedOperator> {
    const bus = await Bus.connect({ url, name, logger: silentLogger });
    const operator = new ScriptedOperator(bus, name);
    operator.follow();
    return operator;
  }

  async stop(): Promise<void> {
    clearInterval(this.beating);
    for (const each of this.stops) await each.stop();
    await this.bus.close();
  }

  /** Heartbeats every 200 ms until the end. */
  /** More of what its heartbeats say. */
  facts: Pick<
    Partial<Heartbeat>,
    'orphans' | 'confinement' | 'networkAbilities' | 'pools' | 'identity' | 'bootId'
  > = {};

  startBeating(): void {
    this.beat();
    this.beating = setInterval(() => this.beat(), 200);
  }

  stopBeating(): void {
    clearInterval(this.beating);
  }

  beat(rows: VmReport[] = [...this.rows.values()]): void {
    const capacity = {
      cpus: 64,
      memoryMib: this.memoryMib,
      storageBytes: 2 ** 40,
      storageFreeBytes: 2 ** 39,
    };
    const message = heartbeat({
      capacity,
      hostId: this.hostId,
      hostName: this.name,
      vms: rows,
      sequence: this.nextSequence(),
      ...this.facts,
    });
    this.bus.publish(subjects.heartbeat(this.hostId), heartbeatCodec, message);
  }

  row(vmId: string): VmReport {
    return (
      this.rows.get(vmId) ??
      vmReport({ vmId, pid: 0, state: 'pending', acceptedGeneration: 0, observedGeneration: 0 })
    );
  }

  /** Changes what is seen of a VM, and tells it. */
  async tell(vmId: string, fields: Partial<VmReport>): Promise<VmReport> {
    const report = { ...this.row(vmId), ...fields, rev: this.nextRev() };
    this.rows.set(vmId, report);
    await this.publish(report);
    return report;
  }

  async publish(report: VmReport, operationId?: string): Promise<void> {
    const cause = operationId ? { operationId, requestId: 'test', origin: 'user' as const } : undefined;
    const steps = operationId
      ? [{ step: 'launch', startedAtMs: 1, durationUs: 1500, outcome: 'done' as const }]
      : [];
    const event = { hostId: this.hostId, report, cause, atMs: 1, steps };
    await this.bus.publishDurable(subjects.event(this.hostId, 'vm'), vmEventCodec, event);
  }

  async repair(fields: Partial<RepairEvent>): Promise<string> {
    const repairId = fields.repairId ?? randomUUID();
    const event: RepairEvent = {
      repairId,
      hostId: this.hostId,
      vmId: '',
      rule: 'crashed',
      expected: 'running',
      seen: 'crashed',
      reason: 'QEMU was killed',
      generation: 1,
      exitSeq: 1,
      detectedAtMs: 1_700_000_000_000,
      decidedAtMs: 1_700_000_000_001,
      ...fields,
    };
    await this.bus.publishDurable(subjects.event(this.hostId, 'repair'), repairEventCodec, event);
    return repairId;
  }

  async answer(
    command: Command,
    status: 'running' | 'succeeded' | 'failed',
    failure?: Failure,
    result?: CommandResult,
  ): Promise<void> {
    const { operationId, vmId } = command;
    const event = { hostId: this.hostId, vmId, operationId, status, failure, result, attempt: 1, atMs: 1 };
    await this.bus.publishDurable(subjects.event(this.hostId, 'command'), commandEventCodec, event);
  }

  nextRev() {
    return { startCount: 1, sequence: this.nextSequence() };
  }

  /** Does what a desired state asks; an old or known one changes nothing. */
  async carryOut(wanted: DesiredVm): Promise<void> {
    if (wanted.generation < (this.accepted.get(wanted.vmId) ?? 0)) return;
    this.accepted.set(wanted.vmId, wanted.generation);
    const before = this.row(wanted.vmId);
    const known = { acceptedGeneration: wanted.generation, observedGeneration: wanted.generation };
    const report: VmReport = { ...before, ...known, ...this.outcome(wanted, before), rev: this.nextRev() };
    if (report.state === 'absent') this.rows.delete(wanted.vmId);
    else this.rows.set(wanted.vmId, report);
    await this.publish(report, wanted.cause.operationId);
  }

  private outcome(wanted: DesiredVm, before: VmReport): Partial<VmReport> {
    if (wanted.presence !== 'present') return { state: 'absent', pid: 0, failure: undefined };
    const failure = this.failing.get(wanted.vmId);
    if (failure?.code === 'guest_refused')
      return wanted.power === 'stopped' ? { failure } : { failure: undefined };
    if (failure) return { state: 'failed', reason: failure.code, failure, pid: 0 };
    const lastStart = Math.max(
      before.pid > 0 ? before.startGeneration : 0,
      before.lastExit?.startGeneration ?? 0,
    );
    if (wanted.power !== 'stopped' && wanted.startGeneration > lastStart) {
      this.launches.push({ vmId: wanted.vmId, startGeneration: wanted.startGeneration });
      const state = wanted.power === 'paused' ? 'paused' : 'running';
      return {
        state,
        reason: '',
        failure: undefined,
        pid: 1000 + wanted.generation,
        startGeneration: wanted.startGeneration,
      };
    }
    if (wanted.power === 'stopped') return { state: 'stopped', pid: 0, failure: undefined };
    if (before.pid === 0) return { state: 'stopped', failure: undefined };
    return { state: wanted.power === 'paused' ? 'paused' : 'running', failure: undefined };
  }

  private follow(): void {
    const strategy = new JetStreamStrategy({
      bus: this.bus,
      host: this.hostId,
      onSeedMarker: () => {
        this.seedMarkers++;
      },
    });
    strategy.addHandler(`${DESIRED_STREAM}/host-{host}`, (message) => this.onDesired(message), true);
    strategy.addHandler(`${COMMANDS_STREAM}/host-{host}`, (message) => this.onCommand(message), true);
    strategy.listen(() => {});
    this.bus.listen(subjects.hostRpc(this.hostId, 'leases'), undefined, (raw) => {
      const { leases } = leasesRequestCodec.decode(raw.data);
      const nothing = { holderHostId: '', generation: 1, unchangedMs: 0, reason: '' };
      const sights = leases.map(({ vmId }) => ({ vmId, state: this.leases(vmId), ...nothing }));
      raw.respond(leasesReplyCodec.encode({ sights }));
    });
    this.stops.push({ stop: () => strategy.close() });
  }

  private async onDesired(wanted: DesiredVm): Promise<void> {
    this.desired.push(wanted);
    if (!this.held) await this.carryOut(wanted);
  }

  private async onCommand(command: Command): Promise<void> {
    this.commands.push(command);
    if (!this.held && !this.heldCommands) await this.answer(command, 'succeeded');
  }

  private nextSequence(): number {
    return ++this.sequence;
  }
}
