import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { DESIRED_STREAM, hostConsumer, subjects } from '#libs/contracts';
import { waitFor } from '#libs/testing';

/**
 * Waits until the desired state of a VM lies on the bus and its host has read and acknowledged it. What the server
 * counts as pending does not tell: where messages are replaced, it may stay above nothing for good. The consumer is
 * asked for first: nats-server 2.9 dies (a nil pointer in its jsMsgGetRequest) of a question for a message of a stream
 * that is just being made, and consumers are made after it.
 */
export async function untilDesiredWasRead(natsUrl: string, hostId: string, vmId: string): Promise<void> {
  const connection = await connect({ servers: natsUrl });
  const manager = await jetstreamManager(connection);
  await waitFor(
    async () => {
      const reader = await manager.consumers.info(DESIRED_STREAM, hostConsumer(hostId));
      const stored = await manager.streams.getMessage(DESIRED_STREAM, {
        last_by_subj: subjects.desired(hostId, vmId),
      });
      return stored !== null && reader.delivered.stream_seq >= stored.seq && reader.num_ack_pending === 0;
    },
    { timeoutMs: 30_000, everyMs: 50, what: 'the desired state was published again and read' },
  );
  await connection.close();
}
