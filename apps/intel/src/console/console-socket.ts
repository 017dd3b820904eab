/**
 * The WebSocket of one console: bytes from the browser wait here until there is room for them on the bus, and it is
 * not read meanwhile, so that what waits is bounded. What the browser takes is told when the kernel took it.
 */

import type { WebSocket } from 'ws';
import type { Clock, Timer } from '#libs/clock';
import type { Close } from './close-of.js';

/** A WebSocket that does not close by itself is cut. */
export const CLOSE_MS = 2_000;
/** Ticks without an answer to a ping. */
const MISSED_MAX = 3;

export class ConsoleSocket {
  private readonly queue: Buffer[] = [];
  private takeTicket: ((ticket: string) => void) | undefined;
  private flow: { room: () => number; write: (bytes: Buffer) => void } | undefined;
  private missed = 0;
  private cut: Timer | undefined;

  constructor(
    private readonly socket: WebSocket,
    private readonly clock: Clock,
  ) {
    socket.on('message', (data: Buffer) => this.came(data));
    socket.on('pong', () => {
      this.missed = 0;
    });
    // Its end follows.
    socket.on('error', () => {});
    socket.on('close', () => this.cut?.cancel());
  }

  /** Calls `fn` once, when it is closed by whoever. */
  onClose(fn: () => void): void {
    if (this.socket.readyState === this.socket.CLOSED) fn();
    else this.socket.once('close', fn);
  }

  /** What the first frame says. */
  ticket(): Promise<string> {
    return new Promise((resolve) => {
      this.takeTicket = resolve;
    });
  }

  /** From now on what comes goes there, as far as there is room. */
  begin(flow: { room: () => number; write: (bytes: Buffer) => void }): void {
    this.flow = flow;
    this.flush();
  }

  /** Sends on what waits; call it when there is room again. */
  flush(): void {
    for (let room = this.flow?.room() ?? 0; room > 0; room = this.flow?.room() ?? 0) {
      const first = this.queue.shift();
      if (!first) break;
      this.flow?.write(first.subarray(0, room));
      if (first.length > room) this.queue.unshift(first.subarray(room));
    }
    if (this.queue.length > 0) this.socket.pause();
    else if (this.socket.isPaused) this.socket.resume();
  }

  /** `sent` is called when the kernel took it. */
  send(bytes: Uint8Array, sent: () => void): void {
    this.socket.send(bytes, { binary: true }, (error) => {
      if (!error) sent();
    });
  }

  /** Asks for a sign of life, and cuts a browser that gives none. */
  tick(): void {
    this.missed += 1;
    if (this.missed > MISSED_MAX) this.socket.terminate();
    else this.socket.ping();
  }

  close({ code, reason }: Close): void {
    this.socket.resume();
    this.socket.close(code, reason);
    this.cut ??= this.clock.setTimeout(() => this.socket.terminate(), CLOSE_MS);
  }

  private came(data: Buffer): void {
    if (this.takeTicket) {
      this.takeTicket(data.toString('utf8'));
      this.takeTicket = undefined;
      return;
    }
    if (data.length > 0) this.queue.push(data);
    this.flush();
  }
}
