import type { Clock } from '#libs/clock';
import { VmanError } from '#libs/errors';

export interface TransferLimits {
  clock: Clock;
  /** Between two pieces. */
  idleMs: number;
  totalMs: number;
  /** Ends it early. */
  signal: AbortSignal;
}

/** The pieces of a transfer; one that stalls, takes too long or breaks off ends with upload_interrupted. */
export async function* limited(
  source: AsyncIterable<Buffer>,
  { clock, idleMs, totalMs, signal }: TransferLimits,
): AsyncGenerator<Buffer> {
  const pieces = source[Symbol.asyncIterator]();
  const endAt = clock.monotonic() + totalMs;
  try {
    for (;;) {
      const left = Math.min(idleMs, endAt - clock.monotonic());
      const piece = await within(clock, left, signal, pieces.next());
      if (piece.done) return;
      yield piece.value;
    }
  } finally {
    void pieces.return?.().catch(() => undefined);
  }
}

function within<T>(clock: Clock, ms: number, signal: AbortSignal, next: Promise<T>): Promise<T> {
  const interrupted = (message: string, cause?: unknown) =>
    new VmanError('upload_interrupted', message, { cause });
  return new Promise<T>((resolve, reject) => {
    const late = () => reject(interrupted('The transfer stalled or took too long.'));
    const end = () => reject(interrupted('The server goes down.'));
    const timer = clock.setTimeout(late, Math.max(0, ms));
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
    next
      .then(resolve, (error) =>
        reject(error instanceof VmanError ? error : interrupted('The connection broke.', error)),
      )
      .finally(() => {
        timer.cancel();
        signal.removeEventListener('abort', end);
      });
  });
}
