/** The last bytes of a stream, addressed by their place in the whole of it. */
export class ByteRing {
  private readonly bytes: Buffer;
  /** The place behind the last byte. */
  end = 0;

  constructor(private readonly capacity: number) {
    this.bytes = Buffer.alloc(capacity);
  }

  /** The place of the oldest byte that is still here. */
  get start(): number {
    return Math.max(0, this.end - this.capacity);
  }

  write(bytes: Uint8Array): void {
    const kept = bytes.subarray(Math.max(0, bytes.length - this.capacity));
    const at = (this.end + bytes.length - kept.length) % this.capacity;
    const first = Math.min(kept.length, this.capacity - at);
    this.bytes.set(kept.subarray(0, first), at);
    this.bytes.set(kept.subarray(first), 0);
    this.end += bytes.length;
  }

  /** Some of the bytes from this place on, as a copy; at least one when there is one. */
  read(from: number, maxBytes: number): Buffer {
    if (from < this.start) throw new Error('these bytes are gone');
    const at = from % this.capacity;
    const count = Math.min(maxBytes, this.end - from, this.capacity - at);
    return Buffer.from(this.bytes.subarray(at, at + count));
  }

  tail(maxBytes: number): Buffer {
    const from = Math.max(this.start, this.end - maxBytes);
    const first = this.read(from, this.end - from);
    return Buffer.concat([first, this.read(from + first.length, this.end - from - first.length)]);
  }
}
