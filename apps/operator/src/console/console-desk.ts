/**
 * The sessions of consoles and screens on this host. A session is opened by a live question and lives on two subjects
 * of its own; it ends with the VM's process, with the operator, or when its other end says so or is not heard. An
 * operator that was started anew tells the other end of a session it does not know that this one is lost.
 */
import { join } from 'node:path';
import { STREAM_TICK_MS, type Stoppable } from '#libs/bus';
import { delay, type Timer } from '#libs/clock';
import {
  type ConsoleReply,
  type ConsoleRequest,
  type StreamBody,
  type StreamEndReason,
  streamFrameCodec,
  subjects,
} from '#libs/contracts';
import { VmanError } from '#libs/errors';
import type { Host } from '../host.js';
import type { Registry } from '../reconcile/registry.js';
import { toFailure } from '../reconcile/to-failure.js';
import type { LiveProcess } from '../runtime/live-process.js';
import { SERIAL_SOCKET, VNC_SOCKET } from '../steps/qemu-spec.js';
import type { VmPaths } from '../storage/paths.js';
import type { ConsoleLine, LineListener } from './console-line.js';
import { ConsoleSession } from './console-session.js';
import { openScreen } from './screen-line.js';
import { REPLAY_BYTES_MAX, SerialHub } from './serial-hub.js';

const SESSIONS_PER_VM = 8;
/** Each may hold a ring and a window of bytes. */
const SESSIONS_PER_HOST = 64;
/** Between the end of a connection to QEMU and the proof that it has ended. */
const VANISH_MS = 2_000;

interface Open {
  vmId: string;
  session: ConsoleSession;
}

export class ConsoleDesk {
  private readonly sessions = new Map<string, Open>();
  private readonly hubs = new Map<LiveProcess, Promise<SerialHub>>();
  private listening: Stoppable | undefined;
  private timer: Timer | undefined;

  constructor(
    private readonly host: Host,
    private readonly registry: Registry,
  ) {}

  start(): void {
    const { bus, hostId } = this.host;
    this.listening = bus.subscribe(subjects.streamIn(hostId, '*'), streamFrameCodec, ({ body }, meta) => {
      const sessionId = meta.subject.split('.')[3] ?? '';
      const open = this.sessions.get(sessionId);
      if (open) return open.session.accept(body);
      if (body.$case !== 'end') this.send(sessionId, { $case: 'end', value: { reason: 'lost' } });
    });
  }

  stop(): void {
    this.listening?.stop();
    this.timer?.cancel();
    for (const { session } of [...this.sessions.values()]) session.end('leaving');
  }

  async open(request: ConsoleRequest): Promise<ConsoleReply> {
    try {
      await this.begin(request);
      return { errorCode: '', errorMessage: '' };
    } catch (error) {
      const { code, message } = toFailure(error);
      return { errorCode: code, errorMessage: message };
    }
  }

  private async begin(request: ConsoleRequest): Promise<void> {
    const { vmId, sessionId, kind } = request;
    const { live, paths } = this.find(vmId);
    if (kind === 'screen' && !live.record.shape.machine.vnc) {
      throw new VmanError('invalid_state', 'The VM runs without a screen; set `vnc` and start it anew.');
    }
    this.refuseTooMany(vmId, sessionId);
    const session = new ConsoleSession({
      send: (body) => this.send(sessionId, body),
      now: () => this.host.clock.monotonic(),
      onEnd: (reason) => this.ended(sessionId, reason),
    });
    this.sessions.set(sessionId, { vmId, session });
    const listener: LineListener = {
      onReadable: () => session.pump(),
      onEnd: (reason) => void this.lineEnded(live, session, reason),
    };
    try {
      const line = await this.openLine(request, live, paths, listener);
      if (!this.sessions.has(sessionId)) return line.close();
      session.begin(line);
    } catch (error) {
      this.sessions.delete(sessionId);
      throw error;
    }
    this.host.logger.info({ vmId, sessionId, kind }, 'a console was opened');
    void live.ended.then(() => session.end('vm-stopped'));
    this.timer ??= this.tickLater();
  }

  private find(vmId: string): { live: LiveProcess; paths: VmPaths } {
    if (this.host.dryRun) throw new VmanError('unsupported', 'This host only plans and touches no guest.');
    const loop = this.registry.get(vmId);
    if (loop && !loop.adopted) {
      throw new VmanError('unavailable', 'The operator has just started and looks for what runs.');
    }
    const live = loop?.vm.process;
    if (!loop || !live) throw new VmanError('invalid_state', 'The VM does not run.');
    return { live, paths: loop.vm.store.paths };
  }

  private refuseTooMany(vmId: string, sessionId: string): void {
    if (this.sessions.has(sessionId)) throw new VmanError('conflict', 'There is such a session.');
    const here = [...this.sessions.values()].filter((open) => open.vmId === vmId).length;
    if (here < SESSIONS_PER_VM && this.sessions.size < SESSIONS_PER_HOST) return;
    const where = here < SESSIONS_PER_VM ? 'this host' : 'this VM';
    throw new VmanError('rate_limited', `Too many consoles of ${where} are open.`);
  }

  private async openLine(
    { kind, replayBytes }: ConsoleRequest,
    live: LiveProcess,
    paths: VmPaths,
    listener: LineListener,
  ): Promise<ConsoleLine> {
    switch (kind) {
      case 'serial': {
        const hub = await this.hubOf(live, paths);
        return hub.join(listener, Math.min(replayBytes, REPLAY_BYTES_MAX));
      }
      case 'screen':
        return openScreen(join(paths.run, VNC_SOCKET), listener);
    }
  }

  /** One for all who look; not async, so that nobody comes in between. */
  private hubOf(live: LiveProcess, paths: VmPaths): Promise<SerialHub> {
    const known = this.hubs.get(live);
    if (known !== undefined) return known;
    const { qmp } = live;
    if (!qmp) throw new VmanError('hypervisor_error', 'QEMU does not answer.');
    const forget = () => {
      if (this.hubs.get(live) === opening) this.hubs.delete(live);
    };
    const options = { socket: join(paths.run, SERIAL_SOCKET), log: paths.serialLog, qmp };
    const opening = SerialHub.open({ ...options, clock: this.host.clock, onClosed: forget });
    this.hubs.set(live, opening);
    opening.catch(forget);
    return opening;
  }

  private async lineEnded(
    live: LiveProcess,
    session: ConsoleSession,
    reason?: StreamEndReason,
  ): Promise<void> {
    if (reason) return session.end(reason);
    // The end of the process, which usually is behind it, ends the session by a better reason.
    await Promise.race([live.ended, delay(this.host.clock, VANISH_MS)]);
    session.end('closed');
  }

  private ended(sessionId: string, reason: StreamEndReason): void {
    const open = this.sessions.get(sessionId);
    this.sessions.delete(sessionId);
    if (!open) return;
    const { sent, received } = open.session.counts;
    this.host.logger.info({ vmId: open.vmId, sessionId, reason, sent, received }, 'a console was closed');
  }

  private tickLater(): Timer {
    return this.host.clock.setTimeout(() => {
      for (const { session } of [...this.sessions.values()]) session.tick();
      this.timer = this.sessions.size > 0 ? this.tickLater() : undefined;
    }, STREAM_TICK_MS);
  }

  private send(sessionId: string, body: StreamBody): void {
    const { bus, hostId } = this.host;
    bus.publish(subjects.streamOut(hostId, sessionId), streamFrameCodec, { body });
  }
}
