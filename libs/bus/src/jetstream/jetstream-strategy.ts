/**
 * Nest's transport for durable messages: `@EventPattern<string>('VMAN_DESIRED/host-{host}', JETSTREAM)` follows that
 * consumer. The message is acknowledged when the handler resolves, comes again with a growing delay when it throws,
 * and is given up at once when it is malformed. Up to `maxInFlight` messages of a consumer are handled in parallel,
 * so a handler that needs an order keeps it by generation or sequence.
 *
 * Always pass JETSTREAM: a pattern without a transport is registered on every transport of the app. Parameters are
 * named by `@Payload()` (the message) and `@Ctx()` (a JetStreamContext); without decorators Nest gives the message
 * alone. What a handler throws, Nest logs and replaces; only that it threw reaches this file.
 */
import type { JsMsg } from '@nats-io/jetstream';
import { type CustomTransportStrategy, type MessageHandler, Server } from '@nestjs/microservices';
import { lastValueFrom } from 'rxjs';
import { lastTokenOfSubject, type SeedMarker, subjects } from '#libs/contracts';
import type { Bus } from '../bus.js';
import { codecOfSubject, type SubjectCodec } from '../codec-of-subject.js';
import { inContextOf, plainHeaders } from '../context-headers.js';
import { kindOfSubject } from '../hooks.js';
import { ConsumerLoop } from './consumer-loop.js';
import { parseDurablePattern } from './durable-name.js';
import { JetStreamContext } from './jetstream-context.js';
import { retryDelayMs } from './retry-delay.js';
import { settlementOf } from './settlement.js';

/** Transport id of durable handlers. */
export const JETSTREAM = Symbol('JETSTREAM');

export interface JetStreamStrategyOptions {
  bus: Bus;
  /** Takes the place of `{host}` in patterns. */
  host?: string;
  /** Default: the table of codec-of-subject.ts. */
  codecs?: SubjectCodec;
  /** Messages of one consumer in handlers at once. Default 16. */
  maxInFlight?: number;
  /** Seed markers do not reach the handlers; they come here. */
  onSeedMarker?: (marker: SeedMarker, context: JetStreamContext) => void | Promise<void>;
}

const MAX_IN_FLIGHT = 16;

export class JetStreamStrategy extends Server implements CustomTransportStrategy {
  override readonly transportId = JETSTREAM;
  override readonly propagatesEventHandlerErrors = true;
  private readonly loops: ConsumerLoop[] = [];

  constructor(private readonly options: JetStreamStrategyOptions) {
    super();
  }

  /** Whether every consumer was found under the present connection. */
  get bound(): boolean {
    return this.loops.every((loop) => loop.bound);
  }

  override listen(callback: () => void): void {
    for (const [pattern, handler] of this.messageHandlers) {
      const name = parseDurablePattern(pattern, this.options.host);
      const max = this.options.maxInFlight ?? MAX_IN_FLIGHT;
      const loop = new ConsumerLoop(this.options.bus, name, max, (message, mayAnswer) =>
        this.deliver(handler, message, mayAnswer),
      );
      this.loops.push(loop);
      loop.start();
    }
    callback();
  }

  /** Pulls no more and waits for the handlers in flight. */
  override async close(): Promise<void> {
    await Promise.all(this.loops.splice(0).map((loop) => loop.stop()));
  }

  override on(): void {
    throw new Error('a durable transport has no events; listen to the bus');
  }

  override unwrap<T>(): T {
    return this.options.bus as T;
  }

  private async deliver(handler: MessageHandler, raw: JsMsg, mayAnswer: () => boolean): Promise<void> {
    const { bus, codecs = codecOfSubject } = this.options;
    const kind = kindOfSubject(raw.subject);
    const settlement = settlementOf(raw, mayAnswer);
    if (raw.redelivered) bus.hooks.redelivered(kind);
    const message = bus.decode(raw.subject, codecs(raw.subject), raw.data);
    if (message === undefined) return settlement.term();
    const headers = plainHeaders(raw.headers);
    const waited = (Date.now() - raw.time.getTime()) / 1000;
    const began = performance.now();
    const context = new JetStreamContext(raw.subject, raw.seq, raw.redelivered, headers, settlement);
    try {
      await inContextOf(raw.headers, () => this.run(handler, message, context));
      settlement.ack();
    } catch (error) {
      const delayMs = retryDelayMs(raw.info.deliveryCount);
      bus.hooks.handlerFailed(kind);
      bus.logger.warn({ err: error, subject: raw.subject, delayMs }, 'a durable message will come again');
      settlement.nak(delayMs);
    } finally {
      settlement.end();
      bus.hooks.handled(kind, waited, (performance.now() - began) / 1000);
    }
  }

  private async run(handler: MessageHandler, message: unknown, context: JetStreamContext): Promise<void> {
    if (lastTokenOfSubject(context.subject) === subjects.seedToken) {
      await this.options.onSeedMarker?.(message as SeedMarker, context);
      return;
    }
    const result = this.transformToObservable(await handler(message, context));
    await lastValueFrom(result, { defaultValue: undefined });
  }
}
