/**
 * The one connection to a live QEMU, and the watch over its end.
 *
 * The monitor's connection closes milliseconds after the process is gone, also for an adopted one that is nobody's
 * child; that is looked up in /proc, since a closed connection alone proves nothing. A process that lives but does
 * not answer is `hung`: it is tried again every second and never taken for dead. Events that came while nobody was
 * connected are lost, so each new connection asks for the state anew.
 *
 * Assumes to be the only client of the monitor.
 */
import { type Clock, delay } from '#libs/clock';
import type { DiskFault, PortForward } from '#libs/contracts';
import { type ActualProcess, freshProcess, type ProcessPhase } from '#libs/domain';
import {
  isSameProcess,
  killSameProcess,
  listHostForwards,
  netdevId,
  type QemuExit,
  QmpClient,
  type QmpMeasure,
  type RunState,
} from '#libs/qemu';
import type { GuestKeeper } from '../guest/guest-keeper.js';
import { Interrupted } from '../reconcile/to-failure.js';
import type { ProcessRecord } from '../storage/vm-records.js';
import { DiskFaults } from './disk-faults.js';
import { EventRing } from './event-ring.js';
import type { ExitWitnesses } from './exit-reason.js';
import { type Plugged, readPlugged } from './plugged.js';
import type { ProcessIdentity } from './proc.js';

const ANSWER_MS = 1_000;
const RECONNECT_MS = 1_000;
/** Between the end of the connection and the end of the process. */
const VANISH_MS = 2_000;
const VANISH_STEP_MS = 2;
const STATUS_MS = 200;

export interface LiveProcessOptions {
  vmId: string;
  record: ProcessRecord & { identity: ProcessIdentity };
  socket: string;
  clock: Clock;
  measure: QmpMeasure;
  /** How our own child ends; absent for an adopted process. */
  exited?: Promise<QemuExit>;
  guest: GuestKeeper;
  /** Phase or forwards changed. */
  onChange: () => void;
  onEnd: (witnesses: ExitWitnesses) => void;
}

export class LiveProcess {
  phase: ProcessPhase = 'hung';
  forwards: ActualProcess['forwards'] = [];
  /** What QEMU has of what was plugged. */
  plugged: Plugged;
  /** Which disks keep the guest from going on. */
  readonly faults = new DiskFaults();
  /** Its end is our doing. */
  requested = false;
  /** It has to end: it may not run without its lease. */
  fenced = false;
  readonly record: LiveProcessOptions['record'];
  /** The agent inside. */
  readonly guest: GuestKeeper;
  /** Resolves once its end was handed on. */
  readonly ended: Promise<void>;
  private markEnded: () => void = () => {};
  private client: QmpClient | undefined;
  private shutdown: ExitWitnesses['shutdown'];
  private over = false;
  private alones = 0;
  private readonly events = new EventRing();

  constructor(private readonly options: LiveProcessOptions) {
    this.record = options.record;
    this.guest = options.guest;
    this.plugged = { ...freshProcess(options.record.shape) };
    this.ended = new Promise((resolve) => {
      this.markEnded = resolve;
    });
  }

  get pid(): number {
    return this.record.identity.pid;
  }

  get diskFaults(): DiskFault[] {
    return this.phase === 'io-error' ? this.faults.list : [];
  }

  /** The monitor; undefined while the process is hung. */
  get qmp(): QmpClient | undefined {
    return this.client?.isOpen ? this.client : undefined;
  }

  /** Connects within the time limit, or leaves it `hung` and goes on trying. */
  async connect(): Promise<void> {
    try {
      const client = await QmpClient.connect(this.options.socket, {
        timeoutMs: ANSWER_MS,
        measure: this.options.measure,
      });
      const { UUID } = await client.execute('query-uuid');
      if (UUID !== this.options.vmId) {
        client.close();
        throw new Error(`the monitor belongs to VM ${UUID}`);
      }
      await this.attach(client);
    } catch {
      this.hang();
    }
  }

  /** Takes over the monitor of our own child, which was started halted and with these forwards: nothing is to be asked. */
  take(client: QmpClient, forwards: ActualProcess['forwards']): void {
    this.listen(client);
    this.phase = 'prelaunch';
    this.forwards = forwards;
    this.guest.begin(client);
  }

  /** Takes over a monitor of a process that may have gone on without us. */
  private async attach(client: QmpClient): Promise<void> {
    this.listen(client);
    await this.refresh();
    // What it has to tell is told with the state of the process, so that must be known first.
    void this.guest.attach(client);
  }

  private listen(client: QmpClient): void {
    this.client = client;
    client.onAny((event) => this.events.push(event));
    client.on('SHUTDOWN', ({ guest, reason }) => {
      this.shutdown = { guest, reason };
    });
    // A guest may let go of a device long after it was asked to.
    client.on('DEVICE_DELETED', ({ device }) => {
      if (device) void this.refresh().then(this.options.onChange);
    });
    client.on('STOP', () => void this.refresh().then(this.options.onChange));
    client.on('RESUME', () => {
      this.phase = 'running';
      this.options.onChange();
    });
    void client.closed.then((reason) => {
      if (reason === 'local') return;
      this.phase = 'hung';
      void this.watchEnd();
    });
  }

  /** Does something that QEMU answers nobody beside: its silence is no sign meanwhile. Throws what the work throws. */
  async alone<T>(work: (qmp: QmpClient) => Promise<T>): Promise<T> {
    const client = this.qmp;
    if (!client) throw new Interrupted('the process is gone or does not answer');
    this.alones += 1;
    try {
      return await work(client);
    } finally {
      this.alones -= 1;
      await this.refresh();
    }
  }

  /** Asks QEMU what it does and what it forwards. */
  async refresh(): Promise<void> {
    const client = this.qmp;
    if (!client || this.alones > 0) return;
    try {
      const [status, forwards, devices] = await Promise.all([
        client.execute('query-status', undefined, { timeoutMs: ANSWER_MS }),
        listHostForwards(client),
        client.execute('qom-list', { path: '/machine/peripheral' }, { timeoutMs: ANSWER_MS }),
      ]);
      this.phase = phaseOf(status.status);
      this.plugged = readPlugged(
        this.record.shape,
        devices.map((it) => it.name),
      );
      await this.lookAtDisks(client);
      this.forwards = this.record.shape.nics.flatMap(({ nicId }) =>
        (forwards.get(netdevId(nicId)) ?? []).map((forward): ActualProcess['forwards'][number] => ({
          nicId,
          forward: { ...forward, forwardId: '' } satisfies PortForward,
        })),
      );
    } catch {
      if (client.isOpen) this.hang();
    }
  }

  private async lookAtDisks(client: QmpClient): Promise<void> {
    if (this.phase !== 'io-error') return this.faults.clear();
    const { clock } = this.options;
    const blocks = await client.execute('query-block', undefined, { timeoutMs: ANSWER_MS });
    const diskIds = this.record.shape.disks.map((disk) => disk.diskId);
    this.faults.stopped(blocks, diskIds, clock.now(), clock.monotonic());
  }

  isRunning(): Promise<boolean> {
    const { pid, startTime } = this.record.identity;
    return isSameProcess({ pid, startTime, uuid: this.options.vmId });
  }

  /** Ends the process at once; true when it was still there. */
  async kill(): Promise<boolean> {
    const { pid, startTime } = this.record.identity;
    const sent = await killSameProcess({ pid, startTime, uuid: this.options.vmId });
    // Nobody hears the connection of a hung process end.
    if (!this.qmp) void this.watchEnd();
    return sent;
  }

  /** Leaves QEMU alone and goes away: the operator stops. */
  leave(): void {
    this.over = true;
    this.guest.leave();
    this.client?.close();
  }

  private hang(): void {
    if (this.over) return;
    this.client?.close();
    this.client = undefined;
    this.phase = 'hung';
    this.options.onChange();
    this.options.clock.setTimeout(() => void this.retry(), RECONNECT_MS);
  }

  private async retry(): Promise<void> {
    if (this.over || this.qmp) return;
    if (!(await this.isRunning())) return this.end();
    await this.connect();
    if (this.qmp) this.options.onChange();
  }

  private async watchEnd(): Promise<void> {
    const { clock } = this.options;
    const deadline = clock.monotonic() + VANISH_MS;
    if (await this.hearsEnd()) return this.end();
    while (!this.over && (await this.isRunning())) {
      if (clock.monotonic() > deadline) return this.hang();
      await delay(clock, VANISH_STEP_MS);
    }
    await this.end();
  }

  /** Our own child is heard, an adopted process has to be looked for. */
  private hearsEnd(): Promise<boolean> {
    const { clock, exited } = this.options;
    if (!exited) return Promise.resolve(false);
    return new Promise((resolve) => {
      const timer = clock.setTimeout(() => resolve(false), VANISH_MS);
      void exited.then(() => {
        timer.cancel();
        resolve(true);
      });
    });
  }

  private async end(): Promise<void> {
    if (this.over) return;
    this.over = true;
    this.guest.leave();
    const { clock, exited } = this.options;
    const tooLate = delay(clock, STATUS_MS).then(() => undefined);
    const status = exited && (await Promise.race([exited, tooLate]));
    this.options.onEnd({
      shutdown: this.shutdown,
      requested: this.requested,
      fenced: this.fenced,
      status,
      otherBoot: false,
      events: this.events.all(),
    });
    this.markEnded();
  }
}

/** QEMU's own word for what the guest does, as the planner knows it. */
export function phaseOf(state: RunState): ProcessPhase {
  switch (state) {
    case 'running':
    case 'suspended':
      return 'running';
    case 'prelaunch':
    case 'inmigrate':
      return 'prelaunch';
    case 'io-error':
      return 'io-error';
    case 'colo':
    case 'debug':
    case 'finish-migrate':
    case 'guest-panicked':
    case 'internal-error':
    case 'paused':
    case 'postmigrate':
    case 'restore-vm':
    case 'save-vm':
    case 'shutdown':
    case 'watchdog':
      return 'paused';
  }
}
