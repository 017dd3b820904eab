/**
 * Nest's own NATS transport with VMAN's wire: handlers are declared by subject, bodies are protobuf by the table of
 * subjects, and the connection is the bus's, so that one thing decides how to come back. `{host}` in a pattern stands
 * for the host the process serves. Handlers run in the context of the headers.
 */
import type { Msg } from '@nats-io/transport-node';
import { type MessageHandler, ServerNats } from '@nestjs/microservices';
import type { Bus } from '../bus.js';
import type { Stoppable } from '../bus-port.js';
import { codecOfSubject, replyCodecOfSubject, type SubjectCodec } from '../codec-of-subject.js';
import { inContextOf } from '../context-headers.js';
import { kindOfSubject } from '../hooks.js';
import { errorReplyHeaders } from './error-reply.js';
import { PacketDeserializer, PacketSerializer } from './packets.js';

export interface ProtobufNatsServerOptions {
  bus: Bus;
  /** Takes the place of `{host}` in patterns. */
  host?: string;
  /** Queue group of handlers that name none in their extras (`@EventPattern(p, Transport.NATS, {queue})`). */
  queue?: string;
  /** Default: the tables of codec-of-subject.ts. */
  codecs?: { request: SubjectCodec; reply: SubjectCodec };
}

export class ProtobufNatsServer extends ServerNats {
  private readonly listening: Stoppable[] = [];
  private readonly inFlight = new Set<Promise<unknown>>();
  private readonly bus: Bus;

  constructor(private readonly settings: ProtobufNatsServerOptions) {
    const codecs = settings.codecs ?? { request: codecOfSubject, reply: replyCodecOfSubject };
    super({
      deserializer: new PacketDeserializer(codecs.request),
      serializer: new PacketSerializer(codecs.reply),
    });
    this.bus = settings.bus;
  }

  override addHandler(
    pattern: string,
    callback: MessageHandler,
    isEventHandler?: boolean,
    extras?: Record<string, unknown>,
  ): void {
    super.addHandler(withHost(pattern, this.settings.host), callback, isEventHandler, extras);
  }

  override async listen(callback: (error?: unknown) => void): Promise<void> {
    for (const [channel, handler] of this.messageHandlers) {
      const queue: string | undefined = handler.extras?.queue ?? this.settings.queue;
      this.listening.push(this.bus.listen(channel, queue, (raw) => this.track(channel, raw)));
    }
    callback();
  }

  /** Takes no new messages and waits for the handlers in flight; the bus itself stays open. */
  override async close(): Promise<void> {
    for (const each of this.listening.splice(0)) each.stop();
    await Promise.allSettled(this.inFlight);
  }

  override unwrap<T>(): T {
    return this.bus as T;
  }

  override async handleMessage(channel: string, raw: Msg): Promise<void> {
    try {
      await inContextOf(raw.headers, () => super.handleMessage(channel, raw));
    } catch (error) {
      this.bus.dropMalformed(raw.subject, error);
      if (raw.reply) raw.respond(undefined, { headers: errorReplyHeaders(error) });
    }
  }

  override getPublisher(raw: Msg, id: string): (response: object) => void {
    return (response) => {
      const answer = this.serializer.serialize({ ...response, id }, { subject: raw.subject });
      if (answer && raw.reply) raw.respond(answer.data, { headers: answer.headers });
    };
  }

  private track(channel: string, raw: Msg): void {
    const work = this.handleMessage(channel, raw)
      .catch((error) => {
        this.bus.hooks.handlerFailed(kindOfSubject(raw.subject));
        this.bus.logger.error({ err: error, subject: raw.subject }, 'the handler of a message failed');
      })
      .finally(() => this.inFlight.delete(work));
    this.inFlight.add(work);
  }
}

function withHost(pattern: string, host: string | undefined): string {
  if (!pattern.includes('{host}')) return pattern;
  if (!host) throw new Error(`the pattern ${pattern} needs the option host`);
  return pattern.replaceAll('{host}', host);
}
