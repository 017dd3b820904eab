/**
 * The connection to NATS as VMAN uses it: protobuf in and out, context in headers, malformed messages dropped in one
 * place. It never gives up (see dial.ts). Core messages are not kept while NATS is away: an old heartbeat that
 * arrives late is worse than none, and what must not be lost is published durably from Postgres by intel.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { jetstream } from '@nats-io/jetstream';
import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';
import { type Codec, MalformedMessage } from '#libs/contracts';
import type { BusPort, DurableAck, MessageMeta, PublishDurableOptions, Stoppable } from './bus-port.js';
import { headersOfContext, inContextOf, plainHeaders } from './context-headers.js';
import { decodeMessage } from './decode-message.js';
import { type DialOptions, dial } from './dial.js';
import { BusUnavailable } from './errors.js';
import { type BusHooks, kindOfSubject, prometheusBusHooks } from './hooks.js';
import type { BusLogger } from './logger.js';
import { errorOfPublish } from './publish-error.js';
import { errorOfRequest, throwErrorReply } from './requests/error-reply.js';

export interface BusOptions extends DialOptions {
  /** Default: counters in the process-wide prom-client registry. */
  hooks?: BusHooks;
}

const PUBLISH_TIMEOUT_MS = 5_000;
/** A server that hangs must not keep a process from ending. */
const DRAIN_TIMEOUT_MS = 2_000;

export class Bus implements BusPort {
  readonly logger: BusLogger;
  readonly hooks: BusHooks;
  /** Resolves with the first connection; rejects when the bus is closed before it. */
  readonly ready: Promise<void>;
  /**
   * Resolves when the connection is over for good: with undefined after `close()`, otherwise with the error. A
   * process that did not ask for it must end with a non-zero status.
   */
  readonly closed: Promise<Error | undefined>;
  private connection: NatsConnection | undefined;
  private isConnected = false;
  private connections = 0;
  private readonly reconnectListeners = new Set<() => void>();
  private readonly waiting = new Set<(connection: NatsConnection) => void>();
  private readonly stopDialling = new AbortController();
  private reportClosed: (error: Error | undefined) => void = () => {};

  private constructor(options: BusOptions) {
    this.logger = options.logger;
    this.hooks = options.hooks ?? prometheusBusHooks();
    this.closed = new Promise((resolve) => {
      this.reportClosed = resolve;
    });
    this.ready = dial(options, this.stopDialling.signal).then((connection) => this.adopt(connection));
    this.ready.catch(() => {});
  }

  /** Gives a bus at once that dials in the background; subscriptions made before the first connection are kept. */
  static open(options: BusOptions): Bus {
    return new Bus(options);
  }

  /** Resolves with the first connection, however long that takes. */
  static async connect(options: BusOptions): Promise<Bus> {
    const bus = Bus.open(options);
    await bus.ready;
    return bus;
  }

  get connected(): boolean {
    return this.isConnected;
  }

  /** Counts connections from 1: what was learnt from the server under a lower number may be stale. */
  get epoch(): number {
    return this.connections;
  }

  /** Of the server connected last; empty before the first connection. */
  get serverVersion(): string {
    return this.connection?.info?.version ?? '';
  }

  publish<T>(subject: string, codec: Codec<T>, message: T): void {
    const kind = kindOfSubject(subject);
    if (!this.connection || !this.isConnected) {
      this.hooks.dropped(kind);
      return;
    }
    const bytes = codec.encode(message);
    try {
      this.connection.publish(subject, bytes, { headers: headersOfContext() });
      this.hooks.published(kind);
    } catch (error) {
      if (!this.stopDialling.signal.aborted) throw error;
      this.hooks.dropped(kind);
    }
  }

  async publishDurable<T>(
    subject: string,
    codec: Codec<T>,
    message: T,
    options: PublishDurableOptions = {},
  ): Promise<DurableAck> {
    const connection = this.connectionFor(`publish on ${subject}`);
    const expected = options.expectedLastSubjectSequence;
    try {
      const ack = await jetstream(connection).publish(subject, codec.encode(message), {
        headers: headersOfContext(),
        timeout: PUBLISH_TIMEOUT_MS,
        ...(expected === undefined ? {} : { expect: { lastSubjectSequence: expected } }),
      });
      this.hooks.published(kindOfSubject(subject));
      return { stream: ack.stream, sequence: ack.seq };
    } catch (error) {
      throw errorOfPublish(error, subject, expected);
    }
  }

  async request<Q, A>(
    subject: string,
    requestCodec: Codec<Q>,
    message: Q,
    replyCodec: Codec<A>,
    timeoutMs: number,
  ): Promise<A> {
    const connection = this.connectionFor(`ask ${subject}`);
    const options = { timeout: timeoutMs, headers: headersOfContext() };
    const began = performance.now();
    const told = (outcome: 'ok' | 'error') =>
      this.hooks.requested(kindOfSubject(subject), outcome, (performance.now() - began) / 1000);
    let reply: Msg;
    try {
      reply = await connection.request(subject, requestCodec.encode(message), options);
    } catch (error) {
      told('error');
      throw errorOfRequest(error, subject);
    }
    told('ok');
    throwErrorReply(reply);
    try {
      return replyCodec.decode(reply.data);
    } catch (error) {
      this.dropMalformed(subject, error);
      throw error;
    }
  }

  subscribe<T>(
    subject: string,
    codec: Codec<T>,
    handler: (message: T, meta: MessageMeta) => void | Promise<void>,
    options: { queue?: string } = {},
  ): Stoppable {
    return this.listen(subject, options.queue, (raw) => {
      const message = this.decode(raw.subject, codec, raw.data);
      if (message === undefined) return;
      const meta = { subject: raw.subject, headers: plainHeaders(raw.headers) };
      void inContextOf(raw.headers, async () => handler(message, meta)).catch((error) => {
        this.hooks.handlerFailed(kindOfSubject(raw.subject));
        this.logger.error({ err: error, subject: raw.subject }, 'the handler of a message failed');
      });
    });
  }

  onReconnect(fn: () => void): Stoppable {
    this.reconnectListeners.add(fn);
    return { stop: () => this.reconnectListeners.delete(fn) };
  }

  /** Takes nothing more, sends what is buffered, then closes. */
  async close(): Promise<void> {
    this.stopDialling.abort();
    const connection = this.connection;
    if (!connection || connection.isClosed()) return this.reportClosed(undefined);
    const flushed = this.isConnected ? connection.drain().catch(() => {}) : undefined;
    this.isConnected = false;
    await Promise.race([flushed, pause(DRAIN_TIMEOUT_MS, undefined, { ref: false })]);
    await connection.close();
    await this.closed;
  }

  /** Raw messages, for this library's own transports. Kept until the first connection. */
  listen(subject: string, queue: string | undefined, onMessage: (message: Msg) => void): Stoppable {
    let subscription: Subscription | undefined;
    const attach = (connection: NatsConnection) => {
      subscription = connection.subscribe(subject, {
        ...(queue ? { queue } : {}),
        callback: (error, message) => {
          if (!error) return onMessage(message);
          this.logger.error({ err: error, subject }, 'the server refused a subscription');
        },
      });
    };
    if (this.connection) attach(this.connection);
    else this.waiting.add(attach);
    return {
      stop: () => {
        this.waiting.delete(attach);
        subscription?.unsubscribe();
      },
    };
  }

  /** The message, or undefined after it was counted and logged as malformed. */
  decode<T>(subject: string, codec: Codec<T> | undefined, bytes: Uint8Array): T | undefined {
    try {
      return decodeMessage(subject, codec, bytes);
    } catch (error) {
      this.dropMalformed(subject, error);
      return undefined;
    }
  }

  /** The client's connection, for this library alone. Throws BusUnavailable while there is none. */
  connectionFor(doing: string): NatsConnection {
    if (this.connection?.isClosed()) throw new BusUnavailable('closed', doing);
    if (!this.connection || !this.isConnected) throw new BusUnavailable('disconnected', doing);
    return this.connection;
  }

  /** Counts and logs a MalformedMessage; throws anything else again. */
  dropMalformed(subject: string, error: unknown): void {
    if (!(error instanceof MalformedMessage)) throw error;
    this.hooks.malformed(kindOfSubject(subject));
    this.logger.warn({ subject, reason: error.message }, 'a malformed message was dropped');
  }

  private adopt(connection: NatsConnection): void {
    this.connection = connection;
    this.up();
    for (const attach of this.waiting) attach(connection);
    this.waiting.clear();
    this.tellAll();
    void this.followStatus(connection);
    void connection.closed().then((error) => {
      this.isConnected = false;
      const askedFor = this.stopDialling.signal.aborted;
      this.reportClosed(
        askedFor ? undefined : (error ?? new BusUnavailable('closed', 'keep the connection')),
      );
    });
    if (this.stopDialling.signal.aborted) void connection.close();
  }

  private up(): void {
    this.connections++;
    this.isConnected = true;
    this.hooks.connection('up');
    this.logger.info(
      { server: this.connection?.getServer(), version: this.serverVersion },
      'connected to NATS',
    );
  }

  private tellAll(): void {
    for (const listener of this.reconnectListeners) {
      try {
        listener();
      } catch (error) {
        this.logger.error({ err: error }, 'a listener of the reconnect failed');
      }
    }
  }

  private async followStatus(connection: NatsConnection): Promise<void> {
    for await (const status of connection.status()) {
      if (status.type === 'disconnect' && this.isConnected) {
        this.isConnected = false;
        this.hooks.connection('down');
        this.logger.warn({ server: status.server }, 'the connection to NATS was lost, dialling again');
      } else if (status.type === 'reconnect') {
        this.up();
        this.tellAll();
      } else if (status.type === 'error') {
        this.logger.warn({ err: status.error }, 'NATS reported an error');
      }
    }
  }
}
