interface Loop {
  turnedAtMs: number;
  patienceMs: number;
}

/**
 * The loops without which a process answers but does nothing. Each says when it turned; one that did not for longer
 * than it ever takes is stuck, and then nothing but a new start helps. Whatever a loop waits for must therefore have a
 * limit of its own: a database or a bus that is away is no reason to be started anew.
 */
export class Liveness {
  readonly #loops = new Map<string, Loop>();

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Watches a loop from its first turn on; gives what to call at each. */
  watch(name: string, patienceMs: number): () => void {
    return () => void this.#loops.set(name, { turnedAtMs: this.now(), patienceMs });
  }

  /** The names of the loops that do not turn any more. */
  get stuck(): string[] {
    const now = this.now();
    const silent = ({ turnedAtMs, patienceMs }: Loop) => now - turnedAtMs > patienceMs;
    return [...this.#loops].filter(([, loop]) => silent(loop)).map(([name]) => name);
  }
}
