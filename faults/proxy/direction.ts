import type { Socket } from 'node:net';

/**
 * One direction of one proxied connection. Bytes leave in the order they came, each no earlier than its delay says;
 * while the direction is stalled nothing leaves, nothing is lost, and the sender feels it once the buffers are full,
 * as with packets that never arrive. TCP itself never reorders, so neither does this.
 */
export class Direction {
  private readonly waiting: { due: number; chunk: Buffer }[] = [];
  private timer: NodeJS.Timeout | undefined;
  private stalled = false;
  private ended = false;

  constructor(
    private readonly from: Socket,
    private readonly to: Socket,
    private readonly delayMs: () => number,
  ) {
    from.on('data', (chunk) => this.take(chunk));
    from.on('end', () => {
      this.ended = true;
      this.deliver();
    });
  }

  stall(on: boolean): void {
    this.stalled = on;
    if (on) this.from.pause();
    else {
      this.from.resume();
      this.deliver();
    }
  }

  close(): void {
    clearTimeout(this.timer);
    this.waiting.length = 0;
  }

  private take(chunk: Buffer): void {
    const before = this.waiting.at(-1)?.due ?? 0;
    this.waiting.push({ due: Math.max(before, performance.now() + this.delayMs()), chunk });
    this.deliver();
  }

  private deliver(): void {
    clearTimeout(this.timer);
    if (this.stalled || this.to.destroyed) return;
    const now = performance.now();
    for (let next = this.waiting[0]; next && next.due <= now; next = this.waiting[0]) {
      this.waiting.shift();
      this.to.write(next.chunk);
    }
    const next = this.waiting[0];
    if (next) this.timer = setTimeout(() => this.deliver(), Math.max(1, next.due - now));
    else if (this.ended) this.to.end();
  }
}
