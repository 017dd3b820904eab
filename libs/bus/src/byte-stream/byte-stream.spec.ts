import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { StreamBody, StreamEndReason } from '#libs/contracts';
import { ByteStream, STREAM_SILENCE_MS, STREAM_WINDOW_BYTES } from './byte-stream.js';

class End {
  readonly out: StreamBody[] = [];
  readonly got: Buffer[] = [];
  ended: StreamEndReason[] = [];
  rooms = 0;
  at = 0;
  readonly stream = new ByteStream({
    send: (body) => void this.out.push(body),
    onData: (bytes) => void this.got.push(Buffer.from(bytes)),
    onRoom: () => void this.rooms++,
    onEnd: (reason) => void this.ended.push(reason),
    now: () => this.at,
  });
  /** Hands all that waits on to the other end. */
  flushTo(other: End): void {
    for (const body of this.out.splice(0)) other.stream.accept(body);
  }
}
const all = (end: End) => Buffer.concat(end.got);
const heard = (end: End) => end.got.reduce((sum, piece) => sum + piece.length, 0);

describe('a stream of bytes', () => {
  it('carries everything in order, and never more than the window in between, however it is read', () => {
    const writes = fc.array(fc.nat({ max: 400_000 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(writes, fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }), (sizes, reads) => {
        const [a, b] = [new End(), new End()];
        let [waiting, written, unread] = [0, 0, 0];
        const given: Buffer[] = [];
        for (const [turn, reading] of reads.entries()) {
          waiting += sizes[turn] ?? 0;
          const now = Math.min(waiting, a.stream.room);
          given.push(Buffer.alloc(now, turn));
          a.stream.write(Buffer.alloc(now, turn));
          [waiting, written] = [waiting - now, written + now];
          const before = heard(b);
          a.flushTo(b);
          unread += heard(b) - before;
          expect(unread).toBeLessThanOrEqual(STREAM_WINDOW_BYTES);
          if (!reading) continue;
          b.stream.took(unread);
          unread = 0;
          b.flushTo(a);
        }
        expect(heard(b)).toBe(written);
        expect(all(b).equals(Buffer.concat(given))).toBe(true);
        expect([a.ended, b.ended]).toEqual([[], []]);
      }),
      { numRuns: 30 },
    );
  });

  it('says when there is room again, and refuses to be written over', () => {
    const [a, b] = [new End(), new End()];
    a.stream.write(Buffer.alloc(STREAM_WINDOW_BYTES));
    expect(a.stream.room).toBe(0);
    expect(() => a.stream.write(Buffer.alloc(1))).toThrow('room');
    a.flushTo(b);
    b.stream.took(STREAM_WINDOW_BYTES);
    b.flushTo(a);
    expect([a.rooms, a.stream.room]).toEqual([1, STREAM_WINDOW_BYTES]);
  });

  it('ends at both ends when a piece is missing', () => {
    const [a, b] = [new End(), new End()];
    a.stream.write(Buffer.from('one'));
    a.out.splice(0);
    a.stream.write(Buffer.from('two'));
    a.flushTo(b);
    b.flushTo(a);
    expect([a.ended, b.ended, b.got]).toEqual([['lost'], ['lost'], []]);
  });

  it('ends when the other end was silent for too long, and not while it gives signs of life', () => {
    const [a, b] = [new End(), new End()];
    for (let at = 5_000; at <= 60_000; at += 5_000) {
      [a.at, b.at] = [at, at];
      a.stream.tick();
      b.stream.tick();
      a.flushTo(b);
      b.flushTo(a);
    }
    expect([a.ended, b.ended]).toEqual([[], []]);
    a.at += STREAM_SILENCE_MS + 1;
    a.stream.tick();
    expect(a.ended).toEqual(['lost']);
  });

  it('cuts an end that sends more than it was granted', () => {
    const b = new End();
    const content = Buffer.alloc(STREAM_WINDOW_BYTES + 1);
    b.stream.accept({ $case: 'data', value: { offset: 0, content } });
    expect([b.ended, b.got]).toEqual([['failed'], []]);
  });

  it('ends once, with the word of who ended it, and takes nothing after', () => {
    const [a, b] = [new End(), new End()];
    a.stream.end('vm-stopped');
    a.stream.end('closed');
    a.flushTo(b);
    b.stream.accept({ $case: 'data', value: { offset: 0, content: Buffer.from('x') } });
    b.stream.tick();
    expect([a.ended, b.ended, b.got, b.out, b.stream.room]).toEqual([
      ['vm-stopped'],
      ['vm-stopped'],
      [],
      [],
      0,
    ]);
  });
});
