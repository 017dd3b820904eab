import { type BusPort, type StreamAdmin, WrongSequence } from '#libs/bus';
import { DESIRED_STREAM, type DesiredVm, desiredVmCodec, subjects } from '#libs/contracts';

/** Each wrong sequence means that somebody published in between; that many in a row mean something else. */
const TRIES_MAX = 5;

/**
 * Puts a desired state on its subject unless something newer lies there. Gives the sequence under which the newest
 * one lies now. The expected sequence makes two relays that overlap harmless.
 */
export async function publishDesired(
  bus: BusPort,
  admin: StreamAdmin,
  desired: DesiredVm,
  knownSequence: number,
): Promise<number> {
  const subject = subjects.desired(desired.hostId, desired.vmId);
  let expectedLastSubjectSequence = knownSequence;
  for (let attempt = 1; ; attempt++) {
    try {
      const ack = await bus.publishDurable(subject, desiredVmCodec, desired, { expectedLastSubjectSequence });
      return ack.sequence;
    } catch (error) {
      if (!(error instanceof WrongSequence) || attempt >= TRIES_MAX) throw error;
      const last = await admin.lastOnSubject(DESIRED_STREAM, subject, desiredVmCodec);
      if (last && last.message.generation > desired.generation) return last.sequence;
      expectedLastSubjectSequence = last?.sequence ?? 0;
    }
  }
}
