import type { Clock, Timer } from '#libs/clock';

interface Pending {
  dueMs: number;
  order: number;
  fn: () => void;
}

/** A clock that stands still until the test moves it. Wall and monotonic time move together, and apart on demand. */
export class VirtualClock implements Clock {
  private elapsedMs = 0;
  private orders = 0;
  private readonly timers = new Set<Pending>();

  /** @param wallMs Unix ms at the start. */
  constructor(private wallMs = Date.UTC(2026, 0, 1)) {}

  now(): number {
    return this.wallMs + this.elapsedMs;
  }

  monotonic(): number {
    return this.elapsedMs;
  }

  setTimeout(fn: () => void, ms: number): Timer {
    const timer = { dueMs: this.elapsedMs + Math.max(0, ms), order: this.orders++, fn };
    this.timers.add(timer);
    return { cancel: () => this.timers.delete(timer) };
  }

  /** How many timers are set. */
  get pending(): number {
    return this.timers.size;
  }

  /** Lets the wall clock jump; timers and monotonic time do not notice. */
  jumpWall(ms: number): void {
    this.wallMs += ms;
  }

  /** Passes `ms`: runs each timer at its time, in order, and lets the promises it resolves go on before the next. */
  async advance(ms: number): Promise<void> {
    const end = this.elapsedMs + ms;
    await settle();
    for (let next = this.nextUntil(end); next; next = this.nextUntil(end)) {
      this.timers.delete(next);
      this.elapsedMs = next.dueMs;
      next.fn();
      await settle();
    }
    this.elapsedMs = end;
  }

  private nextUntil(end: number): Pending | undefined {
    let next: Pending | undefined;
    for (const timer of this.timers) {
      if (timer.dueMs > end) continue;
      const sooner = !next || timer.dueMs < next.dueMs;
      if (sooner || (timer.dueMs === next?.dueMs && timer.order < next.order)) next = timer;
    }
    return next;
  }
}

/** Lets everything run that waits for no timer and no I/O. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
