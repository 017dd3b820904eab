/**
 * Follows one durable consumer for as long as the process lives, whatever happens to the server.
 *
 * How: bind (ask the server for the consumer until it is there), then pull batches that are never larger than the
 * free slots, and give each message to its handler at once. A pull ends after 5 s, so that one that went to a server
 * that forgot it costs no more than that. Whatever goes wrong (a reconnect, a consumer or stream that is gone, missed
 * heartbeats) ends the binding, and the loop binds again. The server keeps the cursor: a consumer that was made anew
 * starts at the beginning of its stream.
 *
 * Assumes: handlers may see a message twice, and somebody else makes streams and consumers.
 *
 * What would break it: acknowledging a message of a stream that was wiped meanwhile. Sequence numbers start again, so
 * the old acknowledgement would hit a new message. Therefore an acknowledgement is sent only while the consumer that
 * delivered the message (by its creation time, see same-consumer.ts) is known to be the one that is there.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { type Consumer, type JsMsg, jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { Bus } from '../bus.js';
import type { Stoppable } from '../bus-port.js';
import { untilReady } from '../until-ready.js';
import type { DurableName } from './durable-name.js';
import { isSameConsumer } from './same-consumer.js';
import { Slots } from './slots.js';

const PULL_EXPIRES_MS = 5_000;
const API_TIMEOUT_MS = 2_000;
const rebindDelayMs = () => 200 + Math.random() * 300;

/** One incarnation of the consumer under one connection. */
export interface Binding {
  readonly epoch: number;
  readonly created: string;
}

export class ConsumerLoop {
  private readonly slots: Slots;
  private readonly stopping = new AbortController();
  private readonly inFlight = new Set<Promise<void>>();
  private binding: Binding | undefined;
  private endPull: (() => void) | undefined;
  private readonly onReconnect: Stoppable;
  private finished: Promise<void> = Promise.resolve();
  private wasMissing = false;

  constructor(
    private readonly bus: Bus,
    private readonly name: DurableName,
    maxInFlight: number,
    private readonly handle: (message: JsMsg, mayAnswer: () => boolean) => Promise<void>,
  ) {
    this.slots = new Slots(maxInFlight);
    this.onReconnect = bus.onReconnect(() => this.interrupt());
  }

  start(): void {
    this.finished = this.run();
  }

  /** Whether the consumer was found under the present connection. */
  get bound(): boolean {
    return this.binding !== undefined && this.binding.epoch === this.bus.epoch && this.bus.connected;
  }

  /** Pulls no more and waits for the handlers in flight. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.onReconnect.stop();
    this.interrupt();
    await this.finished;
    await Promise.allSettled(this.inFlight);
  }

  private interrupt(): void {
    this.endPull?.();
    this.slots.wake();
  }

  private async run(): Promise<void> {
    if (!(await untilReady(this.bus, this.stopping.signal))) return;
    while (!this.stopping.signal.aborted) {
      try {
        const consumer = await this.bind();
        while (this.bound && !this.stopping.signal.aborted) await this.pull(consumer);
      } catch (error) {
        this.noteMissing(error);
        await pause(rebindDelayMs(), undefined, { signal: this.stopping.signal }).catch(() => {});
      }
    }
  }

  private async bind(): Promise<Consumer> {
    const epoch = this.bus.epoch;
    const options = { timeout: API_TIMEOUT_MS };
    const connection = this.bus.connectionFor(`follow ${this.name.stream}/${this.name.consumer}`);
    const manager = await jetstreamManager(connection, { ...options, checkAPI: false });
    const info = await manager.consumers.info(this.name.stream, this.name.consumer);
    if (!isSameConsumer(this.binding?.created, info.created)) {
      this.bus.logger.info({ ...this.name, created: info.created }, 'following a durable consumer');
    }
    this.wasMissing = false;
    this.binding = { epoch, created: info.created };
    return jetstream(connection, options).consumers.getConsumerFromInfo(info);
  }

  private async pull(consumer: Consumer): Promise<void> {
    if (this.slots.free === 0) return this.slots.change();
    const messages = await consumer.fetch({ max_messages: this.slots.free, expires: PULL_EXPIRES_MS });
    this.endPull = () => void messages.close();
    if (!this.bound || this.stopping.signal.aborted) void messages.close();
    try {
      for await (const message of messages) this.take(message);
    } finally {
      this.endPull = undefined;
    }
  }

  private take(message: JsMsg): void {
    const of = this.binding;
    const mayAnswer = () => this.bound && isSameConsumer(this.binding?.created, of?.created);
    this.slots.take();
    const work = this.handle(message, mayAnswer).finally(() => {
      this.slots.give();
      this.inFlight.delete(work);
    });
    this.inFlight.add(work);
  }

  private noteMissing(error: unknown): void {
    if (this.wasMissing || this.stopping.signal.aborted) return;
    this.wasMissing = true;
    const reason = error instanceof Error ? error.message : String(error);
    this.bus.logger.warn({ ...this.name, reason }, 'a durable consumer cannot be followed, trying again');
  }
}
