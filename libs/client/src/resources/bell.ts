/** Rung from one side, waited for from the other; a ring that nobody waits for is kept. */
export class Bell {
  private rung = false;
  private failure: { error: unknown } | undefined;
  private wake = () => {};

  ring(): void {
    this.rung = true;
    this.wake();
  }

  /** Nobody rings any more; who waits hears why. */
  fail(error: unknown): void {
    this.failure = { error };
    this.wake();
  }

  clear(): void {
    this.rung = false;
  }

  /** Resolves when it rings, at the latest after `ms`; rejects with the failure, or the reason of the signal. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (!this.rung && !this.failure && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.wake = () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', this.wake);
          resolve();
        };
        signal.addEventListener('abort', this.wake, { once: true });
      });
    }
    signal.throwIfAborted();
    if (this.failure) throw this.failure.error;
  }
}
