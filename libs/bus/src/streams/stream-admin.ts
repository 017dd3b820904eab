/**
 * Makes and inspects streams and durable consumers. Safe to repeat and safe from several replicas at once: what is
 * there stays, what is missing is made. A stream that was lost with its data comes back empty and with another
 * `created`; whoever filled it must notice that and fill it again.
 */
import { type JetStreamManager, jetstreamManager, type StreamInfo } from '@nats-io/jetstream';
import type { Codec } from '#libs/contracts';
import type { Bus } from '../bus.js';
import { decodeMessage } from '../decode-message.js';
import { errorOfPublish } from '../publish-error.js';
import { unlessMissing } from './missing.js';
import {
  type DurableConsumer,
  hostConsumers,
  intelConsumers,
  type NamedStreamConfig,
  STREAM_CONFIGS,
} from './stream-configs.js';

export interface StreamFacts {
  name: string;
  /** RFC 3339, as the server gives it; changes when the stream was made anew. */
  created: string;
  /** Of the newest message ever stored; 0 in a new stream. */
  lastSequence: number;
}

const API_TIMEOUT_MS = 5_000;

/** Every method throws BusUnavailable when the server does not do it. */
export class StreamAdmin {
  constructor(private readonly bus: Bus) {}

  /** The three streams and intel's own consumers. */
  async ensureStreams(): Promise<StreamFacts[]> {
    return this.ask('make the streams', async (manager) => {
      const facts: StreamFacts[] = [];
      for (const config of STREAM_CONFIGS) facts.push(factsOf(await ensureStream(manager, config)));
      for (const consumer of intelConsumers()) await ensureConsumer(manager, consumer);
      return facts;
    });
  }

  /** The durable consumers of one host; the streams must be there. */
  async ensureHostConsumers(hostId: string): Promise<void> {
    await this.ask(`make the consumers of host ${hostId}`, async (manager) => {
      for (const consumer of hostConsumers(hostId)) await ensureConsumer(manager, consumer);
    });
  }

  /** The consumers of a host that is gone. */
  async removeHostConsumers(hostId: string): Promise<void> {
    await this.ask(`remove the consumers of host ${hostId}`, async (manager) => {
      for (const { stream, config } of hostConsumers(hostId)) {
        await unlessMissing(manager.consumers.delete(stream, config.durable_name));
      }
    });
  }

  /** undefined: there is no such stream. */
  async streamState(name: string): Promise<StreamFacts | undefined> {
    return this.ask(`read the state of ${name}`, async (manager) => {
      const info = await unlessMissing(manager.streams.info(name));
      return info && factsOf(info);
    });
  }

  /** Removes all messages of one subject; nothing happens when there is none. */
  async purgeSubject(stream: string, subject: string): Promise<void> {
    await this.ask(`purge ${subject}`, (manager) =>
      unlessMissing(manager.streams.purge(stream, { filter: subject })),
    );
  }

  /**
   * The newest message of one subject. Throws MalformedMessage when it cannot be believed. Only for a stream that has
   * answered before: nats-server 2.9 dies of this question while it makes the stream.
   */
  async lastOnSubject<T>(
    stream: string,
    subject: string,
    codec: Codec<T>,
  ): Promise<{ message: T; sequence: number } | undefined> {
    const stored = await this.ask(`read the last message of ${subject}`, async (manager) =>
      unlessMissing(manager.streams.getMessage(stream, { last_by_subj: subject })),
    );
    if (!stored) return undefined;
    return { message: decodeMessage(subject, codec, stored.data), sequence: stored.seq };
  }

  private async ask<T>(doing: string, work: (manager: JetStreamManager) => Promise<T>): Promise<T> {
    const connection = this.bus.connectionFor(doing);
    try {
      return await work(await jetstreamManager(connection, { timeout: API_TIMEOUT_MS, checkAPI: false }));
    } catch (error) {
      throw errorOfPublish(error, doing, undefined);
    }
  }
}

function factsOf(info: StreamInfo): StreamFacts {
  return { name: info.config.name, created: info.created, lastSequence: info.state.last_seq };
}

async function ensureStream(manager: JetStreamManager, config: NamedStreamConfig): Promise<StreamInfo> {
  const present = await unlessMissing(manager.streams.info(config.name));
  if (!present) return manager.streams.add(config);
  const { max_consumers: limit, ...rest } = config;
  const differs = Object.entries(rest).some(
    ([key, value]) =>
      JSON.stringify(present.config[key as keyof StreamInfo['config']]) !== JSON.stringify(value),
  );
  const updated = differs ? await manager.streams.update(config.name, rest) : present;
  if (limit === undefined || limit === updated.config.max_consumers) return updated;
  // Servers before 2.12 do not change it; they do not limit a stream that was made without it either.
  return manager.streams.update(config.name, config).catch(() => updated);
}

async function ensureConsumer(manager: JetStreamManager, { stream, config }: DurableConsumer): Promise<void> {
  const present = await unlessMissing(manager.consumers.info(stream, config.durable_name));
  if (present?.config.filter_subject === config.filter_subject) return;
  await manager.consumers.add(stream, config);
}
