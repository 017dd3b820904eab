export { Bus, type BusOptions } from './bus.js';
export type { BusPort, DurableAck, MessageMeta, PublishDurableOptions, Stoppable } from './bus-port.js';
export { ByteStream, STREAM_TICK_MS, STREAM_WINDOW_BYTES } from './byte-stream/byte-stream.js';
export { codecOfSubject, replyCodecOfSubject, type SubjectCodec } from './codec-of-subject.js';
export {
  type BusAuthority,
  type MintedCredentials,
  makeBusAuthority,
  mintHostCredentials,
  mintServiceCredentials,
} from './credentials/bus-authority.js';
export { inboxOf } from './credentials/host-permissions.js';
export { dialBy } from './dial-options.js';
export { BusUnavailable, NoReply, WrongSequence } from './errors.js';
export { type BusHooks, prometheusBusHooks } from './hooks.js';
export { JetStreamContext } from './jetstream/jetstream-context.js';
export {
  JETSTREAM,
  JetStreamStrategy,
  type JetStreamStrategyOptions,
} from './jetstream/jetstream-strategy.js';
export type { BusLogger } from './logger.js';
export { ProtobufNatsServer, type ProtobufNatsServerOptions } from './requests/protobuf-nats-server.js';
export { StreamAdmin, type StreamFacts } from './streams/stream-admin.js';
export { INTEL_EVENTS_CONSUMER } from './streams/stream-configs.js';
export { StreamReader, type StreamReaderOptions } from './streams/stream-reader.js';
