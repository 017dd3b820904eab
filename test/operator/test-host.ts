/** A hypervisor host for tests: a real nats-server, intel's part of the bus, and what the operator says. */
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import { Bus, StreamAdmin } from '#libs/bus';
import {
  admitReplyCodec,
  beaconCodec,
  type Command,
  type CommandEvent,
  commandCodec,
  commandEventCodec,
  type DesiredVm,
  desiredVmCodec,
  type Heartbeat,
  heartbeatCodec,
  subjects,
  type VmEvent,
  type VmReport,
  vmEventCodec,
} from '#libs/contracts';
import { desiredVm, type NatsServer, silentLogger, startNats, waitFor } from '#libs/testing';

const DEFAULT_MS = 30_000;

export class TestHost {
  readonly hostId = uuidv7();
  readonly events: VmEvent[] = [];
  readonly commandEvents: CommandEvent[] = [];
  readonly beats: Heartbeat[] = [];
  /** Disks that a VM was sent with. */
  private readonly sentDisks = new Map<string, string>();
  /** What a host that asks to be let in is told. */
  admission = { admitted: true, reason: '' };
  private beacon: NodeJS.Timeout | undefined;

  private constructor(
    readonly folder: string,
    readonly nats: NatsServer,
    readonly bus: Bus,
  ) {
    bus.subscribe(subjects.event(this.hostId, 'vm'), vmEventCodec, (event) => void this.events.push(event));
    bus.subscribe(
      subjects.event(this.hostId, 'command'),
      commandEventCodec,
      (event) => void this.commandEvents.push(event),
    );
    bus.subscribe(subjects.heartbeat(this.hostId), heartbeatCodec, (beat) => void this.beats.push(beat));
    bus.listen(subjects.intelRpc('admit'), undefined, (raw) => {
      raw.respond(admitReplyCodec.encode(this.admission));
    });
    this.observe();
  }

  static async start(folder: string): Promise<TestHost> {
    const nats = await startNats();
    const bus = await Bus.connect({ url: nats.url, name: 'test', logger: silentLogger });
    const host = new TestHost(folder, nats, bus);
    await host.makeStreams();
    return host;
  }

  /** What intel does before a host can work. */
  async makeStreams(): Promise<void> {
    const admin = new StreamAdmin(this.bus);
    await admin.ensureStreams();
    await admin.ensureHostConsumers(this.hostId);
  }

  get env(): Record<string, string> {
    return {
      VMAN_HOST_ID: this.hostId,
      VMAN_NATS_URL: this.nats.url,
      VMAN_STORAGE_PATH: join(this.folder, 's'),
      VMAN_RUN_PATH: join(this.folder, 'r'),
      VMAN_QEMU_ACCEL: 'tcg',
      VMAN_OPERATOR_PORT: '0',
      VMAN_ALLOW_FAILPOINTS: '1',
    };
  }

  /** An observer is heard: the operator leaves repairs to it. */
  observe(): void {
    const say = () =>
      this.bus.publish(subjects.beacon, beaconCodec, { observerId: 'test', sentAtMs: Date.now() });
    this.beacon ??= setInterval(say, 500);
  }

  /** Nobody is heard any more. */
  blind(): void {
    clearInterval(this.beacon);
    this.beacon = undefined;
  }

  async stop(): Promise<void> {
    this.blind();
    await this.bus.close();
    await this.nats.remove();
  }

  /** A VM of this host; generation and start generation 1. */
  vm(fields: Partial<DesiredVm> = {}): DesiredVm {
    const stop = { askGuest: false, timeoutMs: 0, thenForce: true };
    return desiredVm({ vmId: uuidv7(), hostId: this.hostId, stop, ...fields });
  }

  async send(desired: DesiredVm): Promise<void> {
    for (const { diskId } of desired.disks) this.sentDisks.set(diskId, desired.vmId);
    await this.bus.publishDurable(subjects.desired(this.hostId, desired.vmId), desiredVmCodec, desired);
  }

  async command(vm: DesiredVm, action: Command['action'], fields: Partial<Command> = {}): Promise<Command> {
    const command: Command = {
      operationId: randomUUID(),
      hostId: this.hostId,
      vmId: vm.vmId,
      deadlineAtMs: Date.now() + 60_000,
      minGeneration: vm.generation,
      cause: { operationId: '', requestId: '', origin: 'user' },
      action,
      ...fields,
    };
    await this.bus.publishDurable(subjects.command(this.hostId, action.$case), commandCodec, command);
    return command;
  }

  /** The observer's repair of the VM's last exit. */
  repair(vm: DesiredVm, exitSeq: number, fields: Partial<Command> = {}): Promise<Command> {
    const repairId = fields.operationId ?? randomUUID();
    const value = { repairId, rule: 'crashed', generation: vm.generation, exitSeq } as const;
    return this.command(vm, { $case: 'repair', value }, { operationId: repairId, ...fields });
  }

  answer(operationId: string): Promise<CommandEvent> {
    const found = () =>
      this.commandEvents.find((it) => it.operationId === operationId && it.status !== 'running');
    return waitFor(found, { timeoutMs: DEFAULT_MS, what: `command ${operationId} is answered` });
  }

  /** The newest row of a VM, from events and heartbeats. */
  row(vmId: string): VmReport | undefined {
    const rows = [...this.events.map((it) => it.report), ...this.beats.flatMap((it) => it.vms)].filter(
      (row) => row.vmId === vmId,
    );
    return rows.sort(byRevision).at(-1);
  }

  /** The first newest row that passes. */
  rowWhere(vmId: string, what: string, check: (row: VmReport) => boolean, timeoutMs = DEFAULT_MS) {
    const found = () => {
      const row = this.row(vmId);
      return row && check(row) ? row : undefined;
    };
    return waitFor(found, { timeoutMs, what }).catch((cause) => {
      throw new Error(`${what}: ${JSON.stringify(this.row(vmId))}`, { cause });
    });
  }

  /** The row once it observed the generation, in this state. */
  settled(desired: DesiredVm, state: VmReport['state'], timeoutMs = DEFAULT_MS): Promise<VmReport> {
    const { vmId, generation } = desired;
    const check = (row: VmReport) => row.observedGeneration === generation && row.state === state;
    return this.rowWhere(vmId, `generation ${generation} is ${state}`, check, timeoutMs);
  }

  /** The next heartbeat: everything sent before it was dealt with or is shown in it. */
  async nextBeat(timeoutMs = 30_000): Promise<Heartbeat> {
    const seen = this.beats.length;
    return waitFor(() => this.beats[seen], { timeoutMs, what: 'a heartbeat comes' });
  }

  /** Deletes a VM, whatever its generation is meanwhile, and waits for its end. */
  async remove(vm: DesiredVm): Promise<void> {
    const gone = later(vm, { presence: 'deleted', power: 'stopped', generation: vm.generation + 100 });
    await this.send(gone);
    await this.settled(gone, 'absent');
  }

  /** Processes and folders of a VM that are there. */
  leftOf(vmId: string): string[] {
    const disks = [...this.sentDisks].flatMap(([diskId, owner]) => (owner === vmId ? diskId : []));
    const files = disks.map((diskId) => `s/disks/${diskId}.qcow2`);
    const folders = [`s/vms/${vmId}`, `s/snapshots/${vmId}`, `r/${vmId.slice(-12)}`, ...files];
    return [
      ...this.qemus(vmId).map((pid) => `process ${pid}`),
      ...folders.filter((folder) => existsSync(join(this.folder, folder))),
    ];
  }

  /** Live QEMU processes of a VM. */
  qemus(vmId: string): number[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((pid) => isQemuOf(pid, vmId));
  }
}

/** The next generation of a desired state. */
export const later = (vm: DesiredVm, fields: Partial<DesiredVm>): DesiredVm => ({
  ...vm,
  generation: vm.generation + 1,
  ...fields,
});

function isQemuOf(pid: number, vmId: string): boolean {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return words.includes('-uuid') && words.includes(vmId);
  } catch {
    return false;
  }
}

function byRevision(a: VmReport, b: VmReport): number {
  return a.rev.startCount - b.rev.startCount || a.rev.sequence - b.rev.sequence;
}
