import { COMMANDS_STREAM, DESIRED_STREAM, hostConsumer } from '#libs/contracts';

export interface SubjectPermissions {
  publish: string[];
  subscribe: string[];
}

/** Replies to a host come to its own subjects, which no other host can hear. */
export const inboxOf = (hostId: string) => `_INBOX_${hostId}`;

/**
 * All that the agent of one host may say and hear. It may take from its own durable consumers and acknowledge, but
 * never make a consumer: one with a foreign deliver subject would let it speak for others.
 */
export function hostPermissions(hostId: string): SubjectPermissions {
  const consumer = hostConsumer(hostId);
  const durable = (stream: string) => [
    `$JS.API.CONSUMER.INFO.${stream}.${consumer}`,
    `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`,
    `$JS.ACK.${stream}.${consumer}.>`,
  ];
  return {
    publish: [
      `vman.evt.${hostId}.*`,
      `vman.hb.${hostId}`,
      `vman.stream.${hostId}.*.out`,
      'vman.rpc.intel.*',
      ...durable(DESIRED_STREAM),
      ...durable(COMMANDS_STREAM),
    ],
    subscribe: [
      `vman.rpc.${hostId}.*`,
      `vman.stream.${hostId}.*.in`,
      'vman.beacon.observer',
      `${inboxOf(hostId)}.>`,
    ],
  };
}

/** The observer reads the streams through consumers of its own and sends repairs; it never changes a stream. */
export const OBSERVER_PERMISSIONS: SubjectPermissions = {
  publish: [
    'vman.cmd.*.*',
    'vman.evt.*.*',
    'vman.beacon.observer',
    'vman.rpc.intel.*',
    `$JS.API.STREAM.INFO.${DESIRED_STREAM}`,
    // Without a name behind it: of consumers that the server names.
    `$JS.API.CONSUMER.CREATE.${DESIRED_STREAM}`,
    `$JS.API.CONSUMER.*.${DESIRED_STREAM}.>`,
    `$JS.API.CONSUMER.MSG.NEXT.${DESIRED_STREAM}.>`,
    `$JS.ACK.${DESIRED_STREAM}.>`,
  ],
  subscribe: ['vman.hb.*', 'vman.evt.*.*', 'vman.beacon.observer', 'vman.rpc.observer.*', '_INBOX.>'],
};
