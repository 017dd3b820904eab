/**
 * Answers that are longer than one message of the bus may be. The encoded answer is kept for a minute; whoever asked
 * fetches it piece by piece with its id. What breaks it: a restart of the operator in between, after which the id is
 * unknown and the question has to be asked again.
 */
import { randomUUID } from 'node:crypto';
import type { Clock, Timer } from '#libs/clock';
import { type GuestAnswer, guestReplyCodec } from '#libs/contracts';
import { VmanError } from '#libs/errors';

/** Half of what a nats-server takes by default. */
const PART_BYTES = 512 * 1024;
const KEPT_MS = 60_000;
const KEPT_ANSWERS = 32;

export class LongAnswers {
  private readonly kept = new Map<string, { bytes: Buffer; timer: Timer }>();

  constructor(private readonly clock: Clock) {}

  /** The answer itself, or its first part when it is too long. */
  fit(answer: GuestAnswer): GuestAnswer {
    const bytes = Buffer.from(guestReplyCodec.encode({ answer }));
    if (bytes.length <= PART_BYTES) return answer;
    const id = randomUUID();
    const [oldest] = this.kept.keys();
    if (this.kept.size >= KEPT_ANSWERS && oldest !== undefined) this.forget(oldest);
    const timer = this.clock.setTimeout(() => this.forget(id), KEPT_MS);
    this.kept.set(id, { bytes, timer });
    return this.part(id, 0);
  }

  /** Throws not_found when the answer is kept no more. */
  part(answerId: string, offset: number): GuestAnswer {
    const bytes = this.kept.get(answerId)?.bytes;
    if (!bytes) throw new VmanError('not_found', 'The rest of the answer is kept no more.');
    const piece = bytes.subarray(offset, offset + PART_BYTES);
    if (offset + piece.length >= bytes.length) this.forget(answerId);
    return { $case: 'part', value: { answerId, offset, totalBytes: bytes.length, bytes: piece } };
  }

  stop(): void {
    for (const id of [...this.kept.keys()]) this.forget(id);
  }

  private forget(id: string): void {
    this.kept.get(id)?.timer.cancel();
    this.kept.delete(id);
  }
}
