import type { Clock } from '#libs/clock';

export interface Taken {
  allowed: boolean;
  /** Until the window of this key begins anew. */
  resetSeconds: number;
}

/**
 * How many requests a key may make in a window, which begins with its first one: a client may spend all of it at once.
 * Counted in this process, so several intels let through as many times more. Keys whose window is over are forgotten.
 */
export class RateLimit {
  private readonly windows = new Map<string, { endsAtMs: number; count: number }>();
  private sweptAtMs = 0;

  constructor(
    private readonly clock: Clock,
    /** 0: no limit. */
    readonly most: number,
    private readonly windowMs: number,
  ) {}

  take(key: string): Taken {
    const nowMs = this.clock.monotonic();
    this.sweep(nowMs);
    let window = this.windows.get(key);
    if (!window || window.endsAtMs <= nowMs) {
      window = { endsAtMs: nowMs + this.windowMs, count: 0 };
      this.windows.set(key, window);
    }
    window.count++;
    const resetSeconds = Math.ceil((window.endsAtMs - nowMs) / 1000);
    return { allowed: this.most === 0 || window.count <= this.most, resetSeconds };
  }

  private sweep(nowMs: number): void {
    if (nowMs - this.sweptAtMs < this.windowMs) return;
    this.sweptAtMs = nowMs;
    for (const [key, { endsAtMs }] of this.windows) if (endsAtMs <= nowMs) this.windows.delete(key);
  }
}
