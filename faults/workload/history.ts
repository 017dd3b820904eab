/**
 * Who asked for what, and what came of it: `ok` was accepted, `fail` was refused and had no effect, `unknown` got no
 * answer, so that it may have happened or not.
 */
export type Outcome = 'ok' | 'fail' | 'unknown';

export interface HistoryEntry {
  atMs: number;
  /** `worker-1`, or what happened to the system. */
  who: string;
  what: string;
  outcome?: Outcome;
  detail: string;
}

export class History {
  readonly entries: HistoryEntry[] = [];
  private readonly begun = performance.now();

  note(who: string, what: string, detail = '', outcome?: Outcome): void {
    const atMs = Math.round(performance.now() - this.begun);
    this.entries.push({ atMs, who, what, detail, ...(outcome ? { outcome } : {}) });
  }

  count(outcome: Outcome): number {
    return this.entries.filter((it) => it.outcome === outcome).length;
  }

  /** One line an entry, oldest first. */
  text(): string {
    return this.entries
      .map(({ atMs, who, what, outcome = '', detail }) =>
        `${String(atMs).padStart(7)} ${who.padEnd(10)} ${outcome.padEnd(7)} ${what} ${detail}`.trimEnd(),
      )
      .join('\n');
  }
}
