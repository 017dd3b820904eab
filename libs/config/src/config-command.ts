import type { AppName } from './apps.js';
import { ConfigError, EXIT_CONFIG } from './config-error.js';
import { examine } from './examine.js';
import { shown } from './redact.js';
import type { Resolved } from './resolve.js';
import type { ConfigSources } from './sources.js';

export interface CommandOutput {
  out(text: string): void;
  err(text: string): void;
}

const terminal: CommandOutput = {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
};

/**
 * Does `--check-config` and `config print`, sets `process.exitCode` (0, or 78 with the list of faults on standard
 * error), and says whether it was one of the two; then the app is not to be started.
 * @param argv without the program and the script
 */
export function runConfigCommand(
  app: AppName,
  argv: readonly string[],
  sources: Omit<ConfigSources, 'argv'> = {},
  output: CommandOutput = terminal,
): boolean {
  const print = argv[0] === 'config' && argv[1] === 'print';
  const rest = (print ? argv.slice(2) : argv).filter((word) => word !== '--check-config');
  if (!print && rest.length === argv.length) return false;
  const { resolved, faults } = examine(app, { ...sources, argv: rest });
  if (print) output.out(table(resolved));
  else if (faults.length === 0) output.out(`The settings of ${app} are good.\n`);
  if (faults.length > 0) output.err(`${new ConfigError(app, faults).message}\n`);
  process.exitCode = faults.length > 0 ? EXIT_CONFIG : 0;
  return true;
}

function table(resolved: readonly Resolved[]): string {
  const rows = resolved.map((r) => [
    r.setting.env,
    r.text === undefined ? '(not set)' : shown(r.setting, r.text),
    r.text === undefined ? '' : r.from,
  ]);
  const width = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  const [first, second] = [width(0), width(1)];
  return rows
    .map(([name = '', value = '', from = '']) =>
      `${name.padEnd(first)}  ${value.padEnd(second)}  ${from}`.trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('');
}
