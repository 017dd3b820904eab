import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import type { ConfigFault } from './config-error.js';
import { parseArgv } from './parse-argv.js';

/** Where settings are looked for; the process's own when left out. */
export interface ConfigSources {
  /** Without the program and the script. */
  argv?: readonly string[];
  env?: Readonly<Record<string, string | undefined>>;
  /** Folder of the `.env` file and of relative paths. */
  cwd?: string;
}

type SourceName = 'command line' | 'environment' | '.env';

/** Names and texts of one source; empty texts are already left out. */
export interface Source {
  name: SourceName;
  values: ReadonlyMap<string, string>;
}

/** The three sources, the strongest first, and what could not be read. */
export function readSources(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
): { sources: Source[]; faults: ConfigFault[] } {
  const line = parseArgv(argv);
  const file = readEnvFile(join(cwd, '.env'));
  const sources: Source[] = [
    { name: 'command line', values: nonEmpty(line.values) },
    { name: 'environment', values: nonEmpty(Object.entries(env)) },
    { name: '.env', values: nonEmpty(file.values) },
  ];
  return { sources, faults: [...line.faults, ...file.faults] };
}

function readEnvFile(path: string): { values: [string, string | undefined][]; faults: ConfigFault[] } {
  try {
    return { values: Object.entries(parseEnv(readFileSync(path, 'utf8'))), faults: [] };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return { values: [], faults: [] };
    const fault = {
      key: path,
      problem: `cannot be read (${code})`,
      instead: 'make it readable, or remove it',
    };
    return { values: [], faults: [fault] };
  }
}

function nonEmpty(entries: Iterable<readonly [string, string | undefined]>): ReadonlyMap<string, string> {
  const kept = new Map<string, string>();
  for (const [name, text] of entries) {
    if (name.startsWith('VMAN_') && text !== undefined && text.trim() !== '') kept.set(name, text.trim());
  }
  return kept;
}
