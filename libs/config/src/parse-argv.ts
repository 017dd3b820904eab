import type { ConfigFault } from './config-error.js';
import { withoutUsers } from './redact.js';

/** `--log-level` for `VMAN_LOG_LEVEL`. */
export function flagOf(env: string): string {
  return `--${env
    .replace(/^VMAN_/, '')
    .toLowerCase()
    .replaceAll('_', '-')}`;
}

const envOf = (flag: string) => `VMAN_${flag.slice(2).toUpperCase().replaceAll('-', '_')}`;

/**
 * `--log-level=debug` and `--log-level debug`; a flag without a value is `true`. The last one of a kind wins.
 * Whether a flag exists is not decided here.
 */
export function parseArgv(argv: readonly string[]): { values: [string, string][]; faults: ConfigFault[] } {
  const values: [string, string][] = [];
  const faults: ConfigFault[] = [];
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] as string;
    const match = /^(--[a-z][a-z0-9-]*)(?:=(.*))?$/s.exec(word);
    if (match === null) {
      faults.push(noFlag(word));
      continue;
    }
    const next = argv[i + 1];
    const takesNext = match[2] === undefined && next !== undefined && !next.startsWith('--');
    values.push([envOf(match[1] as string), match[2] ?? (takesNext ? next : 'true')]);
    if (takesNext) i++;
  }
  return { values, faults };
}

/** Without its value, which may be a secret. */
function noFlag(word: string): ConfigFault {
  const name = /^[^=\s]*(?==)/.exec(word)?.[0];
  const meant = name?.startsWith('VMAN_');
  return {
    key: name === undefined ? withoutUsers(word) : `${withoutUsers(name)}=...`,
    problem: 'is not a flag of the form --name=value',
    instead: meant
      ? `write ${flagOf(name as string)}=..., or put it before the program, as environment`
      : 'write settings as --log-level=debug, or remove it',
  };
}
