/** The three streams and the durable consumers on them. Only intel makes them. */
import {
  AckPolicy,
  type ConsumerConfig,
  DeliverPolicy,
  DiscardPolicy,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from '@nats-io/jetstream';
import { COMMANDS_STREAM, DESIRED_STREAM, EVENTS_STREAM, hostConsumer, subjects } from '#libs/contracts';

const NANOS_PER_MS = 1_000_000;
const DAY_MS = 24 * 60 * 60 * 1000;
const GIB = 1024 ** 3;
const ACK_WAIT_MS = 30_000;
/** One a host, and some readers. nats-server 2.15 allows 1,000 unless a stream says otherwise. */
const MAX_CONSUMERS = 100_000;

/** The durable consumer that all intel replicas share. */
export const INTEL_EVENTS_CONSUMER = 'intel-events';

export type NamedStreamConfig = Partial<StreamConfig> & { name: string };

export const STREAM_CONFIGS: readonly NamedStreamConfig[] = [
  {
    name: DESIRED_STREAM,
    subjects: [subjects.allDesired],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    max_msgs_per_subject: 1,
    max_age: 0,
    max_consumers: MAX_CONSUMERS,
    discard: DiscardPolicy.New,
  },
  {
    name: COMMANDS_STREAM,
    subjects: [subjects.allCommands],
    retention: RetentionPolicy.Workqueue,
    storage: StorageType.File,
    max_age: DAY_MS * NANOS_PER_MS,
    max_consumers: MAX_CONSUMERS,
    discard: DiscardPolicy.New,
  },
  {
    name: EVENTS_STREAM,
    subjects: [subjects.allEvents],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    max_age: 7 * DAY_MS * NANOS_PER_MS,
    max_bytes: GIB,
    discard: DiscardPolicy.Old,
  },
];

export interface DurableConsumer {
  stream: string;
  config: Partial<ConsumerConfig> & { durable_name: string };
}

function durable(stream: string, name: string, filter: string): DurableConsumer {
  return {
    stream,
    config: {
      durable_name: name,
      filter_subject: filter,
      ack_policy: AckPolicy.Explicit,
      deliver_policy: DeliverPolicy.All,
      ack_wait: ACK_WAIT_MS * NANOS_PER_MS,
      max_deliver: -1,
    },
  };
}

export const intelConsumers = (): DurableConsumer[] => [
  durable(EVENTS_STREAM, INTEL_EVENTS_CONSUMER, subjects.allEvents),
];

export const hostConsumers = (hostId: string): DurableConsumer[] => [
  durable(DESIRED_STREAM, hostConsumer(hostId), subjects.desiredOfHost(hostId)),
  durable(COMMANDS_STREAM, hostConsumer(hostId), subjects.commandsOfHost(hostId)),
];
