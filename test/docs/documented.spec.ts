/** What the pages name must be there: other pages, routes, commands, metrics, and a cure for each alert. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(resolve(ROOT, path), 'utf8');
const pagesIn = (folder: string) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));
const PAGES = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...pagesIn('docs'), ...pagesIn('docs/adr')];

/** The anchor of a heading, as git hosts make it. */
const anchorOf = (heading: string) =>
  heading
    .trim()
    .toLowerCase()
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

function anchorsOf(page: string): Set<string> {
  const text = read(page).replace(/^```[\s\S]*?^```/gm, '');
  return new Set([...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading)));
}

describe.each(PAGES)('%s', (page) => {
  const text = read(page);

  it('links to what is there', () => {
    const dead = [...text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)]
      .map(([, link = '']) => link)
      .filter((link) => {
        const [file, anchor] = link.split('#');
        const target = file ? resolve(ROOT, dirname(page), file) : resolve(ROOT, page);
        return !existsSync(target) || (anchor && !anchorsOf(relative(ROOT, target)).has(anchor));
      });
    expect(dead).toEqual([]);
  });

  it('names routes and parameters that the API has', () => {
    const named = [...text.matchAll(/\b(GET|POST|PUT|PATCH|DELETE) (\/v1\/[^\s`"'|,;()]*)/g)];
    expect(named.map(([, verb = '', path = '']) => unknownOf(verb, path)).filter(Boolean)).toEqual([]);
  });

  it('names commands and options that vman has', () => {
    expect(commandsOf(text).map(unknownCommand).filter(Boolean)).toEqual([]);
  });

  it('names metrics that a service has', () => {
    const named = [...text.matchAll(/\bvman_[a-z_]+\*?/g)].map(([name]) => name);
    const there = (name: string) =>
      /[_*]$/.test(name)
        ? METRICS.some((it) => it.startsWith(name.replace('*', '')))
        : METRICS.includes(name.replace(/_(count|sum|bucket)$/, '')) || METRICS.includes(name);
    expect(named.filter((name) => !there(name))).toEqual([]);
  });
});

it('the check itself finds what is not there', () => {
  const none = ['vm frobnicate', 'vm', 'frobnicate', 'vm strays list', 'vm create x --flavour big'];
  expect(none.map((it) => unknownCommand(`vman ${it}`)).filter(Boolean)).toHaveLength(none.length - 1);
  expect(unknownOf('GET', '/v1/drifts?rule=crashed')).toBeDefined();
  expect(unknownOf('GET', '/v1/nothing')).toBeDefined();
});

it('each alert has a cure, where its runbook says', () => {
  const cures = anchorsOf('docs/TROUBLESHOOTING.md');
  const { groups } = parse(read('deploy/prometheus/rules/vman.yml'));
  const rules: { alert: string; annotations: { runbook: string } }[] = groups.flatMap(
    (group: { rules: unknown[] }) => group.rules,
  );
  expect(rules.length).toBeGreaterThan(20);
  const lost = rules.filter(({ annotations: { runbook } }) => {
    const [page, anchor = ''] = runbook.split('#');
    return page !== 'docs/TROUBLESHOOTING.md' || !cures.has(anchor);
  });
  expect(lost.map(({ alert }) => alert)).toEqual([]);
});

it('each variable of the compose files is in the table', () => {
  const files = ['docker-compose.yml', 'deploy/compose/host-guests.yml', 'deploy/compose/kvm.yml'];
  const names = files.flatMap((file) =>
    [...read(file).matchAll(/\$\{([A-Z_]+)/g)].map(([, name = '']) => name),
  );
  const table = read('docs/DEPLOYMENT.md');
  expect(new Set(names.filter((name) => !table.includes(`\`${name}\``)))).toEqual(new Set());
});

interface Operation {
  parameters?: ({ $ref: string } | { name: string })[];
}
const api: { paths: Record<string, Record<string, Operation>> } = parse(read('openapi/intel.yaml'));

/** `GET /v1/vms?stat=x` if there is no such route or parameter. */
function unknownOf(verb: string, named: string): string | undefined {
  const [path = '', query] = named.replace(/[.:…]+$/, '').split('?');
  const route = Object.keys(api.paths).find((it) => isThe(it, path) && api.paths[it]?.[verb.toLowerCase()]);
  if (route === undefined) return `${verb} ${named}`;
  const known = (api.paths[route]?.[verb.toLowerCase()]?.parameters ?? []).map(nameOf);
  const asked = (query?.split('&') ?? []).map((pair) => pair.replace(/=.*/, ''));
  return asked.every((name) => known.includes(name)) ? undefined : `${verb} ${named}`;
}

function nameOf(parameter: { $ref: string } | { name: string }): string {
  if ('name' in parameter) return parameter.name;
  const found = parameter.$ref
    .split('/')
    .slice(1)
    .reduce((at: unknown, key) => Reflect.get(at as object, key), api);
  return (found as { name: string }).name;
}

function isThe(route: string, path: string): boolean {
  const [parts, given] = [route.split('/'), path.split('/')];
  return parts.length === given.length && parts.every((part, i) => part.startsWith('{') || part === given[i]);
}

/** What stands as a command in a code span or at the start of a line of a block. */
function commandsOf(text: string): string[] {
  const blocks = [...text.matchAll(/^```(?:sh|text)\n([\s\S]*?)^```/gm)].flatMap(([, block = '']) =>
    block.replaceAll('\\\n', ' ').split('\n'),
  );
  const spans = [...text.replace(/^```[\s\S]*?^```/gm, '').matchAll(/`([^`\n]+)`/g)].map(
    ([, span = '']) => span,
  );
  return [...blocks, ...spans]
    .map((line) => /^(?:npx )?(vman [a-z][^#|;$]*)/.exec(line.trim())?.[1]?.trim() ?? '')
    .filter((command) => command !== '' && !/^vman (-|<|\.)/.test(command));
}

/** The page of the command, by its heading: what each verb's help says. */
const HELP = new Map(
  read('docs/CLI.md')
    .split(/^#+ (?=vman\b)/m)
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf('\n')), section]),
);
const ALIASES = new Map(
  [...(HELP.get('vman') ?? '').matchAll(/^ {2}([a-z-]+)\|([a-z-]+) /gm)].map(([, name = '', alias = '']) => [
    alias,
    name,
  ]),
);

function unknownCommand(command: string): string | undefined {
  const [, ...words] = command.split(/\s+/);
  const end = words.findIndex((word) => !/^[a-z][a-z-]*$/.test(word));
  const plain = words.slice(0, end < 0 ? undefined : end).map((word) => ALIASES.get(word) ?? word);
  // `vman events` is `vman event list`
  const path = plain.length === 1 && !HELP.has(`vman ${plain[0]}`) ? [plain[0], 'list'] : plain;
  const paths = path.map((_, i) => ['vman', ...path.slice(0, i + 1)].join(' '));
  const named = paths.filter((it) => HELP.has(it)).at(-1);
  const help = named && HELP.get(named);
  if (!help || (help.includes('[command]') && named !== paths.at(-1))) return command;
  const flags = words.flatMap((word) => /^--[a-z-]+/.exec(word)?.[0] ?? []);
  return flags.every((flag) => help.includes(flag) || HELP.get('vman')?.includes(flag)) ? undefined : command;
}

const METRICS = ['apps', 'libs', 'tools/dashboards'].flatMap(sourcesIn).flatMap((file) => {
  return [...read(file).matchAll(/['"`](vman_[a-z_]+)/g)].map(([, name = '']) => name);
});
function sourcesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|mjs)$/.test(name) && !/spec|\/gen\//.test(name))
    .map((name) => join(folder, name));
}
