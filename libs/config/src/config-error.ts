/** One fault: which key, what is wrong with it, and what to write instead. Never holds a secret's value. */
export interface ConfigFault {
  /** `VMAN_LOG_LEVEL`, `--log-level` or the path of a file. */
  key: string;
  problem: string;
  instead: string;
}

/** `EX_CONFIG` of sysexits.h: a supervisor can tell it from a crash and need not try again. */
export const EXIT_CONFIG = 78;

/** The settings are not usable; `faults` has all of them, `message` is the list for people. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly exitStatus = EXIT_CONFIG;

  constructor(
    readonly app: string,
    readonly faults: readonly ConfigFault[],
  ) {
    super(describe(app, faults));
  }
}

function describe(app: string, faults: readonly ConfigFault[]): string {
  const count = faults.length === 1 ? '1 fault' : `${faults.length} faults`;
  const lines = faults.map((f) => `  ${f.key}: ${f.problem}\n      -> ${f.instead}`);
  return [`The settings of ${app} have ${count}:`, ...lines].join('\n');
}
