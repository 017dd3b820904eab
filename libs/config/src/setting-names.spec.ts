/** Where settings are named and read: in the code, in what starts the services, and in what people read. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { APP_SETTINGS, allNames, ownersOf } from './apps.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const NAME = /\bVMAN_[A-Z][A-Z0-9_]*[A-Z0-9]\b/g;
/** Streams of the bus are called so, too. */
const STREAMS = ['VMAN_DESIRED', 'VMAN_COMMANDS', 'VMAN_EVENTS'];
/** Each with what it reads there and why. */
const READ_ELSEWHERE = [
  'apps/cli/src/terminal/process-terminal.ts', // the command has no services' settings: VMAN_URL and its like
  'apps/operator/src/lease/watchdog.ts', // PATH, for the shell outside of the operator
];

function filesOf(folder: string, isWanted: (path: string) => boolean): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length))
    .filter((path) => !path.includes('node_modules') && isWanted(path));
}
const textOf = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const isProduct = (path: string) =>
  path.endsWith('.ts') && !/\.(spec|fixture)\.ts$|^libs\/testing\/|\/gen\/|\/console\/dist\//.test(path);
const code = [...filesOf('apps', isProduct), ...filesOf('libs', isProduct)];

describe('settings', () => {
  it('are read from the environment nowhere else', () => {
    const readers = code.filter((path) => /process\.env\b|\benv\b[^;\n]*= process;/.test(textOf(path)));
    expect(readers.filter((path) => !path.startsWith('libs/config/')).sort()).toEqual(READ_ELSEWHERE);
  });

  it('that the code, the units, the containers and the chart name are known', () => {
    const starting = [
      'docker-compose.yml',
      ...filesOf('deploy', (path) => !/grafana|prometheus/.test(path)),
      ...filesOf('helm/vman', (path) => /templates|values\.yaml$/.test(path)),
    ];
    const named = [...code, ...starting].flatMap((path) =>
      (textOf(path).match(NAME) ?? []).map((name) => ({ path, name })),
    );
    expect(named.length).toBeGreaterThan(100);
    const isPart = (name: string) => allNames().some((known) => known.startsWith(`${name}_`));
    const isKnown = (name: string) => ownersOf(name).length > 0 || STREAMS.includes(name) || isPart(name);
    const unknown = named.filter(({ name }) => !isKnown(name));
    expect(unknown).toEqual([]);
  });

  it('are in the example and on their page', () => {
    const example = textOf('.env.example');
    const page = textOf('docs/CONFIGURATION.md');
    const bare = Object.values(APP_SETTINGS).flatMap((settings) =>
      Object.values(settings).map(({ env }) => env),
    );
    expect(bare.filter((name) => !example.includes(`\n#${name}=`))).toEqual([]);
    expect(bare.filter((name) => !page.includes(`\n| \`${name}\` |`))).toEqual([]);
  });

  it('that the documentation names are known', () => {
    const pages = ['README.md', ...filesOf('docs', (path) => path.endsWith('.md'))];
    const known = (name: string) =>
      ownersOf(name).length > 0 || STREAMS.includes(name) || /^VMAN_(FUZZ|SIMULATE|DEBIAN)_/.test(name);
    const unknown = pages.flatMap((path) =>
      (textOf(path).match(NAME) ?? []).filter((name) => !known(name)).map((name) => `${path}: ${name}`),
    );
    expect(unknown).toEqual([]);
  });
});
