/**
 * A client of one QMP monitor. QEMU serves one client a monitor: a second one connects but is not greeted until the
 * first has left, hence the time limit on the greeting. Commands carry ids and answers are matched by them alone,
 * because an answer may come after its caller gave up. Every command has a time limit: a stopped QEMU answers
 * nothing and closes nothing. The end of the connection is the fastest sign that QEMU ended; after it, the client is
 * of no use and a new one must be made. Events sent while nobody was connected are lost: ask for the state anew.
 */
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { sendDescriptor } from '../descriptors/send-descriptor.js';
import { LineReader, type WireItem } from './line-reader.js';
import { openSocket } from './open-socket.js';
import type { QemuVersion, QmpArguments, QmpCommandName, QmpReturn } from './qmp-commands.js';
import {
  QmpBusyError,
  QmpClosedError,
  type QmpCloseReason,
  QmpError,
  QmpTimeoutError,
} from './qmp-errors.js';
import type { QmpEvent, QmpEventName, QmpEvents } from './qmp-events.js';

const DEFAULT_TIMEOUT_MS = 5_000;
const ANY = Symbol('any event');
const CLOSED = Symbol('closed');

/** Sees each line of the wire, and what was wrong with a broken one. */
export type QmpTrace = (direction: 'in' | 'out' | 'broken', text: string) => void;

/** How long each command took and how it ended; `refused` is QEMU's own error. */
export type QmpMeasure = (
  command: QmpCommandName,
  outcome: 'done' | 'refused' | 'timeout' | 'closed',
  seconds: number,
) => void;

export interface QmpConnectOptions {
  /** Limit of the greeting and of each command that names none. Default 5 s. */
  timeoutMs?: number;
  /** How long a socket that does not exist yet is tried again. Default 0. */
  waitMs?: number;
  /** Ends the waiting for the socket, for instance because the process ended. */
  signal?: AbortSignal;
  trace?: QmpTrace;
  measure?: QmpMeasure;
}

export interface ExecuteOptions {
  timeoutMs?: number;
  /** An open file that goes with the command, for `getfd`. The caller closes it, once this is answered. */
  passing?: number;
}

interface Pending {
  command: string;
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
  timer: NodeJS.Timeout;
  tell: (outcome: Parameters<QmpMeasure>[1]) => void;
}

type ExecuteRest<C extends QmpCommandName> =
  undefined extends QmpArguments<C>
    ? [args?: QmpArguments<C>, options?: ExecuteOptions]
    : [args: QmpArguments<C>, options?: ExecuteOptions];

export class QmpClient {
  private readonly reader = new LineReader();
  private readonly events = new EventEmitter().setMaxListeners(0);
  private readonly pending = new Map<number, Pending>();
  private lastId = 0;
  private closeReason: QmpCloseReason | undefined;
  private greeted: (version: QemuVersion) => void = () => {};
  private settleClosed: (reason: QmpCloseReason) => void = () => {};
  /** Resolves once, when the connection is gone. Never rejects. */
  readonly closed: Promise<QmpCloseReason>;
  /** Version from the greeting. */
  version: QemuVersion = { qemu: { major: 0, minor: 0, micro: 0 }, package: '' };

  private constructor(
    private readonly socket: Socket,
    private readonly options: QmpConnectOptions,
  ) {
    this.closed = new Promise((resolve) => {
      this.settleClosed = resolve;
    });
    socket.on('data', (chunk: Buffer) => {
      for (const item of this.reader.push(chunk)) this.take(item);
    });
    socket.on('error', () => this.finish('reset'));
    socket.on('close', () => this.finish('eof'));
  }

  /** Connects, reads the greeting and negotiates. Throws QmpClosedError, QmpBusyError, QmpTimeoutError. */
  static async connect(target: string | Socket, options: QmpConnectOptions = {}): Promise<QmpClient> {
    const socket = typeof target === 'string' ? await openSocket(target, options) : target;
    const client = new QmpClient(socket, options);
    try {
      await client.awaitGreeting();
      await client.execute('qmp_capabilities');
    } catch (error) {
      client.close();
      throw error;
    }
    return client;
  }

  get isOpen(): boolean {
    return this.closeReason === undefined;
  }

  /** Sends a command and resolves with its answer. Throws QmpError, QmpTimeoutError, QmpClosedError. */
  execute<C extends QmpCommandName>(command: C, ...rest: ExecuteRest<C>): Promise<QmpReturn<C>> {
    const [args, options] = rest;
    const timeoutMs = options?.timeoutMs ?? this.timeoutMs;
    return new Promise<QmpReturn<C>>((resolve, reject) => {
      if (!this.isOpen) {
        reject(this.closedError(command));
        return;
      }
      this.lastId += 1;
      const id = this.lastId;
      const began = performance.now();
      const tell: Pending['tell'] = (outcome) =>
        this.options.measure?.(command, outcome, (performance.now() - began) / 1000);
      const timer = setTimeout(() => {
        this.pending.delete(id);
        tell('timeout');
        reject(new QmpTimeoutError(command, timeoutMs));
      }, timeoutMs);
      this.pending.set(id, {
        command,
        resolve: (value) => resolve(value as QmpReturn<C>),
        reject,
        timer,
        tell,
      });
      const line = JSON.stringify({ execute: command, arguments: args, id });
      this.options.trace?.('out', line);
      if (options?.passing === undefined) {
        this.socket.write(`${line}\n`);
        return;
      }
      sendDescriptor(this.socket, `${line}\n`, options.passing).catch((error) => {
        if (!this.pending.delete(id)) return;
        clearTimeout(timer);
        tell('closed');
        reject(error);
      });
    });
  }

  /** Calls `handler` for each such event; the result ends that. */
  on<E extends QmpEventName>(event: E, handler: (data: QmpEvents[E], atMs: number) => void): () => void {
    const listener = ({ data, atMs }: QmpEvent) => handler(data as QmpEvents[E], atMs);
    this.events.on(event, listener);
    return () => this.events.off(event, listener);
  }

  /** Calls `handler` for every event, also those VMAN has no type for. */
  onAny(handler: (event: QmpEvent) => void): () => void {
    this.events.on(ANY, handler);
    return () => this.events.off(ANY, handler);
  }

  /**
   * Resolves with the next such event that matches. Call it before the command that causes the event. Throws
   * QmpTimeoutError, QmpClosedError.
   */
  waitFor<E extends QmpEventName>(
    event: E,
    { timeoutMs = this.timeoutMs, match = () => true }: WaitOptions<E> = {},
  ): Promise<QmpEvents[E]> {
    return new Promise((resolve, reject) => {
      const done = (): void => {
        clearTimeout(timer);
        stop();
        stopWatching();
      };
      const timer = setTimeout(() => {
        done();
        reject(new QmpTimeoutError(event, timeoutMs));
      }, timeoutMs);
      const stop = this.on(event, (data) => {
        if (!match(data)) return;
        done();
        resolve(data);
      });
      const stopWatching = this.onClosed(() => {
        done();
        reject(this.closedError(event));
      });
    });
  }

  /** Calls `handler` once the connection is gone, at once if it is. The result ends that, which `closed` cannot. */
  onClosed(handler: (reason: QmpCloseReason) => void): () => void {
    if (this.closeReason !== undefined) {
      const reason = this.closeReason;
      queueMicrotask(() => handler(reason));
      return () => {};
    }
    this.events.once(CLOSED, handler);
    return () => this.events.off(CLOSED, handler);
  }

  /** Leaves the monitor; QEMU goes on. */
  close(): void {
    this.finish('local');
  }

  private get timeoutMs(): number {
    return this.options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  }

  private awaitGreeting(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new QmpBusyError(this.timeoutMs)), this.timeoutMs);
      this.greeted = (version) => {
        clearTimeout(timer);
        this.version = version;
        resolve();
      };
      void this.closed.then(() => {
        clearTimeout(timer);
        reject(this.closedError('greeting'));
      });
    });
  }

  private take(item: WireItem): void {
    switch (item.kind) {
      case 'broken':
        this.options.trace?.('broken', item.reason);
        return;
      case 'message':
        this.options.trace?.('in', item.line);
        this.dispatch(item.message);
    }
  }

  private dispatch(message: Record<string, unknown>): void {
    if (typeof message.event === 'string') this.emit(message.event, message);
    else if (typeof message.id === 'number') this.answer(message.id, message);
    else if (isGreeting(message)) this.greeted(message.QMP.version);
    else this.options.trace?.('broken', 'a message is neither event, answer nor greeting');
  }

  private emit(name: string, message: Record<string, unknown>): void {
    const event: QmpEvent = { name, data: message.data, atMs: timestampMs(message.timestamp) };
    this.events.emit(ANY, event);
    this.events.emit(name, event);
  }

  private answer(id: number, message: Record<string, unknown>): void {
    const pending = this.pending.get(id);
    if (pending === undefined) return;
    this.pending.delete(id);
    clearTimeout(pending.timer);
    pending.tell('error' in message ? 'refused' : 'done');
    if (!('error' in message)) {
      pending.resolve(message.return);
      return;
    }
    const { class: errorClass, desc } = message.error as { class?: string; desc?: string };
    pending.reject(new QmpError(pending.command, errorClass ?? 'GenericError', desc ?? 'no description'));
  }

  private finish(reason: QmpCloseReason): void {
    if (this.closeReason !== undefined) return;
    this.closeReason = reason;
    this.socket.destroy();
    for (const { command, reject, timer, tell } of this.pending.values()) {
      clearTimeout(timer);
      tell('closed');
      reject(this.closedError(command));
    }
    this.pending.clear();
    this.settleClosed(reason);
    this.events.emit(CLOSED, reason);
  }

  private closedError(what: string): QmpClosedError {
    const reason = this.closeReason ?? 'eof';
    return new QmpClosedError(`${what}: the monitor is closed (${reason})`, reason);
  }
}

export interface WaitOptions<E extends QmpEventName> {
  timeoutMs?: number;
  match?: (data: QmpEvents[E]) => boolean;
}

function isGreeting(message: object): message is { QMP: { version: QemuVersion } } {
  return 'QMP' in message;
}

function timestampMs(value: unknown): number {
  const { seconds = 0, microseconds = 0 } = (value ?? {}) as { seconds?: number; microseconds?: number };
  return seconds * 1000 + Math.floor(microseconds / 1000);
}
