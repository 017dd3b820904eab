/**
 * A view of a whole stream, kept in memory by its reader: all messages from the first on, then each new one.
 *
 * How: a consumer of its own that needs no acknowledgement and that the server forgets after a while. After every
 * reconnect, a stream that was made anew, or a gap in what was delivered, it is dropped and the reading starts again
 * from the beginning, after `onReset`; a consumer that outlived a wipe would keep its old place and miss the first
 * messages.
 *
 * Assumes: a stream holds little per subject, so that reading it again is cheap. A purged subject is not announced:
 * it is only gone after the next reset, and until `onCaughtUp` absence proves nothing. What the server counts as pending
 * may stay above nothing when messages are replaced or purged meanwhile, so two more signs show that all was given: a
 * message that is as new as the newest was when the reading began, and a pull that waited in vain.
 */
import { setTimeout as pause } from 'node:timers/promises';
import {
  AckPolicy,
  type Consumer,
  DeliverPolicy,
  type JsMsg,
  jetstream,
  jetstreamManager,
} from '@nats-io/jetstream';
import { type Codec, lastTokenOfSubject, type SeedMarker, seedMarkerCodec, subjects } from '#libs/contracts';
import type { Bus } from '../bus.js';
import type { Stoppable } from '../bus-port.js';
import { untilReady } from '../until-ready.js';

/** What throws here starts the reading over. */
export interface StreamReaderOptions<T> {
  onMessage(message: T, subject: string, sequence: number): void;
  /** Everything that was there when the reading began has been given to `onMessage`. Once for each reading. */
  onCaughtUp?(): void;
  /** Forget all: the reading starts again. Not called before the first one. */
  onReset?(): void;
  /** Seed markers do not reach `onMessage`; they come here. */
  onSeedMarker?(marker: SeedMarker, subject: string): void;
}

const PULL_EXPIRES_MS = 5_000;
const BATCH = 256;
const API_TIMEOUT_MS = 2_000;
/** After this the server removes a consumer that nobody pulls from. */
const INACTIVE_NANOS = 60_000 * 1_000_000;
const retryDelayMs = () => 200 + Math.random() * 300;

export class StreamReader<T> {
  private readonly stopping = new AbortController();
  private readonly onReconnect: Stoppable;
  private endPull: (() => void) | undefined;
  private finished: Promise<void> = Promise.resolve();
  private readings = 0;
  private isCaughtUp = false;
  private isFailing = false;
  private delivered = 0;
  /** The newest sequence of the stream when the reading began. */
  private newest = 0;

  constructor(
    private readonly bus: Bus,
    private readonly stream: string,
    private readonly filterSubject: string,
    private readonly codec: Codec<T>,
    private readonly options: StreamReaderOptions<T>,
  ) {
    this.onReconnect = bus.onReconnect(() => this.endPull?.());
  }

  /** Whether the view is whole under the present connection. */
  get caughtUp(): boolean {
    return this.isCaughtUp && this.bus.connected;
  }

  start(): this {
    this.finished = this.run();
    return this;
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.onReconnect.stop();
    this.endPull?.();
    await this.finished;
  }

  private async run(): Promise<void> {
    if (!(await untilReady(this.bus, this.stopping.signal))) return;
    while (!this.stopping.signal.aborted) {
      try {
        await this.readFromTheBeginning();
      } catch (error) {
        this.noteFailure(error);
      }
      this.isCaughtUp = false;
      await pause(retryDelayMs(), undefined, { signal: this.stopping.signal }).catch(() => {});
    }
  }

  private async readFromTheBeginning(): Promise<void> {
    const epoch = this.bus.epoch;
    const { consumer, pending } = await this.makeConsumer();
    if (this.readings++ > 0) this.options.onReset?.();
    this.delivered = 0;
    if (pending === 0) this.noteCaughtUp();
    try {
      while (this.goesOn(epoch)) {
        const before = this.delivered;
        await this.pull(consumer, epoch);
        if (!this.isCaughtUp && this.delivered === before) await this.confirmCaughtUp(consumer, epoch);
      }
    } finally {
      await consumer.delete().catch(() => {});
    }
  }

  private goesOn(epoch: number): boolean {
    return this.bus.epoch === epoch && this.bus.connected && !this.stopping.signal.aborted;
  }

  private async makeConsumer(): Promise<{ consumer: Consumer; pending: number }> {
    const connection = this.bus.connectionFor(`read ${this.stream}`);
    const options = { timeout: API_TIMEOUT_MS };
    const manager = await jetstreamManager(connection, { ...options, checkAPI: false });
    this.newest = (await manager.streams.info(this.stream)).state.last_seq;
    const info = await manager.consumers.add(this.stream, {
      filter_subject: this.filterSubject,
      ack_policy: AckPolicy.None,
      deliver_policy: DeliverPolicy.All,
      inactive_threshold: INACTIVE_NANOS,
      mem_storage: true,
    });
    const consumer = jetstream(connection, options).consumers.getConsumerFromInfo(info);
    return { consumer, pending: info.num_pending + info.delivered.consumer_seq };
  }

  private async pull(consumer: Consumer, epoch: number): Promise<void> {
    const messages = await consumer.fetch({ max_messages: BATCH, expires: PULL_EXPIRES_MS });
    this.endPull = () => void messages.close();
    if (!this.goesOn(epoch)) void messages.close();
    try {
      for await (const message of messages) if (this.goesOn(epoch)) this.take(message);
    } finally {
      this.endPull = undefined;
    }
  }

  /** Nothing came: nothing was left, if the consumer is still there and nothing of it was lost. */
  private async confirmCaughtUp(consumer: Consumer, epoch: number): Promise<void> {
    const { delivered } = await consumer.info();
    if (this.goesOn(epoch) && delivered.consumer_seq === this.delivered) this.noteCaughtUp();
  }

  private take(raw: JsMsg): void {
    if (raw.info.deliverySequence !== ++this.delivered) throw new Error('a message was lost on the way');
    const isMarker = lastTokenOfSubject(raw.subject) === subjects.seedToken;
    if (isMarker) {
      const marker = this.bus.decode(raw.subject, seedMarkerCodec, raw.data);
      if (marker) this.options.onSeedMarker?.(marker, raw.subject);
    } else {
      const message = this.bus.decode(raw.subject, this.codec, raw.data);
      if (message !== undefined) this.options.onMessage(message, raw.subject, raw.seq);
    }
    if (raw.info.pending === 0 || raw.seq >= this.newest) this.noteCaughtUp();
  }

  private noteFailure(error: unknown): void {
    if (this.isFailing || this.stopping.signal.aborted) return;
    this.isFailing = true;
    this.bus.logger.warn({ stream: this.stream, err: error }, 'a stream cannot be read, trying again');
  }

  private noteCaughtUp(): void {
    if (this.isCaughtUp) return;
    this.isFailing = false;
    this.isCaughtUp = true;
    this.options.onCaughtUp?.();
  }
}
