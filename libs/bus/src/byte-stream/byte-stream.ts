/**
 * One end of a two-way stream of bytes over core messages, which may be lost but never change their order.
 *
 * Each end grants the other a window: it never sends more than `room`, so what lies between a fast end and a slow one
 * is bounded, whatever happens. Every piece carries its offset; one that is missing ends the stream as `lost`, since
 * a console with a hole in it would lie. `tick` is called now and then: it repeats the grant as a sign of life, and
 * ends a stream whose other end was silent for too long. Nothing is resumed: who wants to go on opens a new one.
 *
 * Assumes that one subject has one sender. Time comes from the caller.
 */
import type { StreamBody, StreamEndReason } from '#libs/contracts';

/** What the receiver of a direction takes before it has to grant more; both ends begin with it. */
export const STREAM_WINDOW_BYTES = 256 * 1024;
/** Far below the megabyte that the bus takes, so that other messages pass in between. */
const PIECE_BYTES = 32 * 1024;
export const STREAM_TICK_MS = 5_000;
/** Three signs of life may be missed. */
export const STREAM_SILENCE_MS = 16_000;

export interface ByteStreamOptions {
  send: (body: StreamBody) => void;
  onData: (bytes: Uint8Array) => void;
  /** There is room again. */
  onRoom: () => void;
  /** Once, whichever end it was. */
  onEnd: (reason: StreamEndReason) => void;
  /** Milliseconds that only grow. */
  now: () => number;
}

export class ByteStream {
  private sent = 0;
  private sendUntil = STREAM_WINDOW_BYTES;
  private received = 0;
  private receiveUntil = STREAM_WINDOW_BYTES;
  private taken = 0;
  private heardAt: number;
  private over = false;

  constructor(private readonly options: ByteStreamOptions) {
    this.heardAt = options.now();
  }

  /** So many bytes may be written now. */
  get room(): number {
    return this.over ? 0 : this.sendUntil - this.sent;
  }

  /** Bytes that were written and read so far. */
  get counts(): { sent: number; received: number } {
    return { sent: this.sent, received: this.received };
  }

  /** At most `room` bytes. */
  write(bytes: Uint8Array): void {
    if (bytes.length > this.room) throw new Error('more was written than there is room for');
    for (let from = 0; from < bytes.length; from += PIECE_BYTES) {
      const content = Buffer.from(bytes.subarray(from, from + PIECE_BYTES));
      this.options.send({ $case: 'data', value: { offset: this.sent, content } });
      this.sent += content.length;
    }
  }

  /** The reader is done with so many bytes that `onData` gave it. */
  took(count: number): void {
    this.taken += count;
    if (this.over || this.receiveUntil - this.taken > STREAM_WINDOW_BYTES / 2) return;
    this.grant();
  }

  /** What the other end said. */
  accept(body: StreamBody): void {
    if (this.over) return;
    this.heardAt = this.options.now();
    switch (body.$case) {
      case 'data':
        this.receive(body.value);
        break;
      case 'credit':
        if (body.value.until <= this.sendUntil) return;
        this.sendUntil = body.value.until;
        this.options.onRoom();
        break;
      case 'end':
        this.finish(body.value.reason);
    }
  }

  tick(): void {
    if (this.over) return;
    if (this.options.now() - this.heardAt > STREAM_SILENCE_MS) this.end('lost');
    else this.grant();
  }

  /** Tells the other end, too. */
  end(reason: StreamEndReason): void {
    if (this.over) return;
    this.options.send({ $case: 'end', value: { reason } });
    this.finish(reason);
  }

  private receive({ offset, content }: { offset: number; content: Uint8Array }): void {
    if (offset !== this.received) this.end('lost');
    else if (offset + content.length > this.receiveUntil) this.end('failed');
    else {
      this.received += content.length;
      this.options.onData(content);
    }
  }

  private grant(): void {
    this.receiveUntil = this.taken + STREAM_WINDOW_BYTES;
    this.options.send({ $case: 'credit', value: { until: this.receiveUntil } });
  }

  private finish(reason: StreamEndReason): void {
    this.over = true;
    this.options.onEnd(reason);
  }
}
