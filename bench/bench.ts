export interface BenchResult {
  figures: Record<string, number>;
  holds: boolean;
  /** Where the goal does not hold: what is in the way. */
  why?: string;
}

/** `--hosts 100,300` as `{ hosts: '100,300' }`. */
export type BenchOptions = Record<string, string>;

/** `run` measures VMAN beside its limit and says by `say` what it sees; `what` and `goal` are for people. */
export interface Bench {
  name: string;
  what: string;
  goal: string;
  run(say: (line: string) => void, options: BenchOptions): Promise<BenchResult>;
}
