/**
 * The one client of a guest's serial console, for as long as somebody looks at it.
 *
 * QEMU serves one client and stops the guest's output when that one does not read, so the hub reads whatever happens:
 * what the guest says goes into a ring, each reader takes it from there at its own speed, and one that falls behind
 * the ring is cut. While nobody looks there is no connection at all, and an operator that hangs holds up no guest.
 *
 * QEMU writes everything to the console log as well, right after the client got it. From there comes what was said
 * before: the log is read once QEMU has accepted the connection, so what both have is cut from what the connection
 * brought first.
 *
 * Assumes to be the only client of the socket.
 */
import type { Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { type Clock, delay } from '#libs/clock';
import { VmanError } from '#libs/errors';
import type { QmpClient } from '#libs/qemu';
import { readLogTail } from '../runtime/log-files.js';
import { ByteRing } from './byte-ring.js';
import type { ConsoleLine, LineListener } from './console-line.js';
import { openSocket, writeTo } from './open-socket.js';
import { overlapOf, replayOf } from './replay.js';

/** How far a reader may fall behind. */
export const RING_BYTES = 512 * 1024;
export const REPLAY_BYTES_MAX = 64 * 1024;
const CHARDEV = 'serial0';
const ACCEPT_TRIES = 100;
const ACCEPT_STEP_MS = 10;

export interface SerialHubOptions {
  socket: string;
  log: string;
  qmp: QmpClient;
  clock: Clock;
  /** The last reader left, or QEMU closed it. */
  onClosed: () => void;
}

interface Reader extends LineListener {
  at: number;
}

export class SerialHub {
  private readonly ring = new ByteRing(RING_BYTES);
  private readonly readers = new Set<Reader>();
  private over = false;

  private constructor(
    private readonly socket: Socket,
    private readonly onClosed: () => void,
  ) {}

  /** Throws VmanError when QEMU does not answer. */
  static async open({ socket: path, log, qmp, clock, onClosed }: SerialHubOptions): Promise<SerialHub> {
    const socket = await openSocket(path);
    const early: Buffer[] = [];
    const keep = (bytes: Buffer) => void early.push(bytes);
    socket.on('data', keep);
    try {
      await accepted(qmp, clock);
      const before = await readLogTail(log, REPLAY_BYTES_MAX);
      // What the log has is in the connection, too: now it is read.
      await turn();
      const hub = new SerialHub(socket, onClosed);
      hub.begin(before, Buffer.concat(early));
      socket.off('data', keep);
      return hub;
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }

  join(listener: LineListener, replayBytes: number): ConsoleLine {
    if (this.over) throw new VmanError('invalid_state', 'The VM has just stopped.');
    const replay = replayOf(this.ring.tail(REPLAY_BYTES_MAX), replayBytes);
    const reader: Reader & { replay: Buffer } = { ...listener, at: this.ring.end, replay };
    this.readers.add(reader);
    return {
      read: (maxBytes) => this.read(reader, maxBytes),
      write: (bytes) => writeTo(this.socket, bytes),
      close: () => this.leave(reader),
    };
  }

  private begin(before: Buffer, early: Buffer): void {
    this.ring.write(before);
    this.ring.write(early.subarray(overlapOf(before, early)));
    this.socket.on('data', (bytes) => this.spread(bytes));
    this.socket.once('close', () => this.end());
  }

  private read(reader: Reader & { replay: Buffer }, maxBytes: number): Buffer | undefined {
    if (maxBytes === 0) return undefined;
    if (reader.replay.length > 0) {
      const bytes = reader.replay.subarray(0, maxBytes);
      reader.replay = reader.replay.subarray(bytes.length);
      return bytes;
    }
    if (reader.at === this.ring.end || reader.at < this.ring.start) return undefined;
    const bytes = this.ring.read(reader.at, maxBytes);
    reader.at += bytes.length;
    return bytes;
  }

  private spread(bytes: Buffer): void {
    this.ring.write(bytes);
    for (const reader of [...this.readers]) {
      if (reader.at < this.ring.start) reader.onEnd('too-slow');
      else reader.onReadable();
    }
  }

  private leave(reader: Reader): void {
    this.readers.delete(reader);
    if (this.readers.size > 0) return;
    this.socket.destroy();
    // At once, so that nobody joins what is about to close.
    this.end();
  }

  private end(): void {
    if (this.over) return;
    this.over = true;
    this.onClosed();
    for (const reader of [...this.readers]) reader.onEnd();
  }
}

/** Until QEMU has taken the connection from its queue. */
async function accepted(qmp: QmpClient, clock: Clock): Promise<void> {
  const refused = (cause?: unknown) =>
    new VmanError('hypervisor_error', 'QEMU does not take a connection to the serial console.', { cause });
  for (let tries = 0; tries < ACCEPT_TRIES; tries += 1) {
    const chardevs = await qmp.execute('query-chardev').catch((error) => Promise.reject(refused(error)));
    const serial = chardevs.find(({ label }) => label === CHARDEV);
    if (serial && !serial.filename.startsWith('disconnected:')) return;
    await delay(clock, ACCEPT_STEP_MS);
  }
  throw refused();
}
