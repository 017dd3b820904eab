import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ConfigFault } from './config-error.js';
import { flagOf } from './parse-argv.js';
import type { Setting } from './setting.js';
import type { Source } from './sources.js';

/** The text a setting was given and by whom; or a fault; or neither: not given. */
export type Found =
  | { kind: 'given'; text: string; from: string }
  | { kind: 'absent' }
  | { kind: 'fault'; fault: ConfigFault };

/** The strongest source wins; a secret may also be in the file that `<env>_FILE` names, but not in both. */
export function findText(setting: Setting, sources: readonly Source[], cwd: string): Found {
  const plain = lookUp(setting.env, sources);
  if (!setting.secret) return plain === undefined ? { kind: 'absent' } : { kind: 'given', ...plain };
  const fileName = `${setting.env}_FILE`;
  const file = lookUp(fileName, sources);
  if (plain?.from === 'command line') return fault(setting.env, ...onCommandLine(fileName));
  if (plain !== undefined && file !== undefined) {
    const problem = `is given twice: ${setting.env} (${plain.from}) and ${fileName} (${file.from})`;
    return fault(setting.env, problem, 'keep one of the two');
  }
  if (file !== undefined) return readSecret(fileName, file.text, cwd);
  return plain === undefined ? { kind: 'absent' } : { kind: 'given', ...plain };
}

function lookUp(name: string, sources: readonly Source[]): { text: string; from: string } | undefined {
  for (const source of sources) {
    const text = source.values.get(name);
    if (text !== undefined) return { text, from: source.name };
  }
  return undefined;
}

function onCommandLine(fileName: string): [string, string] {
  return [
    'is a secret and would show in the process list',
    `give it in the environment, or its file by ${flagOf(fileName)}`,
  ];
}

function readSecret(key: string, path: string, cwd: string): Found {
  try {
    const text = readFileSync(resolve(cwd, path), 'utf8').trim();
    if (text === '') return fault(key, `the file ${path} is empty`, 'write the secret into it');
    return { kind: 'given', text, from: `${key}=${path}` };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    return fault(key, `the file ${path} cannot be read (${code})`, 'name a file that this user can read');
  }
}

function fault(key: string, problem: string, instead: string): Found {
  return { kind: 'fault', fault: { key, problem, instead } };
}
