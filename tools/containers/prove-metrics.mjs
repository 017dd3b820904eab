// Job: the profile `metrics`. Prometheus runs, reads the rules and scrapes all three services; Grafana, which is not
// among Debian's packages, is not started: its part of the compose file must be whole, and what it is provisioned with
// must fit together.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../provision/paths.mjs';
import { step } from '../provision/progress.mjs';
import { waitFor } from './prove-vm.mjs';

const GRAFANA = join(ROOT, 'deploy', 'grafana');

export async function proveMetrics({ stack, figures, timed }) {
  await timed('prometheus', () =>
    step('Prometheus scrapes all three', async (note) => {
      await stack.compose.run(['--profile', 'metrics', 'up', '-d', '--no-build', 'prometheus']);
      const up = await waitFor('three services that are up', () => servicesUp(stack));
      figures.scraped = up;
      note(up.join(', '));
    }),
  );
  await step('it has the rules', async (note) => {
    const { groups } = await ask(stack, 'rules');
    const rules = groups.flatMap((group) => group.rules);
    const faulty = rules.filter(({ health }) => health === 'err').map(({ name }) => name);
    if (rules.length === 0 || faulty.length > 0) throw new Error(`rules: ${faulty.join(', ') || 'none'}`);
    note(`${rules.length} rules`);
  });
  await step('Grafana is provisioned', (note) => checkGrafana(stack, note));
}

async function servicesUp(stack) {
  const { result } = await ask(stack, `query?query=${encodeURIComponent('up == 1')}`).catch(() => ({
    result: [],
  }));
  const names = result.map(({ metric }) => metric.instance.split(':')[0]).sort();
  return names.length === 3 ? names : undefined;
}

async function ask(stack, what) {
  const response = await fetch(`http://127.0.0.1:${stack.settings.PROMETHEUS_PORT}/api/v1/${what}`);
  return (await response.json()).data;
}

async function checkGrafana(stack, note) {
  const whole = await stack.compose.run(['--profile', 'metrics', 'config']);
  const provider = read('provisioning/dashboards');
  const source = read('provisioning/datasources');
  const uid = /uid: (\S+)/.exec(source)?.[1];
  for (const [what, text, wanted] of [
    ['its data source', source, 'url: http://prometheus:9090'],
    ['the folder of its dashboards', provider, 'path: /etc/grafana/dashboards'],
    ['a mount of its provisioning', whole, ':/etc/grafana/provisioning'],
    ['a mount of its dashboards', whole, ':/etc/grafana/dashboards'],
    ['its password as a file', whole, 'GF_SECURITY_ADMIN_PASSWORD__FILE: /run/secrets/grafana-password'],
  ]) {
    if (!text.includes(wanted)) throw new Error(`${what} is not there: ${wanted}`);
  }
  const boards = readdirSync(join(GRAFANA, 'dashboards')).map((name) => [
    name,
    JSON.parse(readFileSync(join(GRAFANA, 'dashboards', name), 'utf8')),
  ]);
  for (const [name, board] of boards) {
    const others = sourcesOf(board).filter((it) => it !== uid && !it.startsWith('-- Grafana'));
    if (others.length > 0) throw new Error(`${name} asks ${others.join(', ')}, not ${uid}`);
  }
  note(`${boards.length} dashboards ask ${uid}`);
}

function read(folder) {
  const path = join(GRAFANA, folder);
  return readdirSync(path)
    .map((name) => readFileSync(join(path, name), 'utf8'))
    .join('\n');
}

/** Every data source that is named anywhere in a dashboard. */
function sourcesOf(part) {
  if (typeof part !== 'object' || part === null) return [];
  const own = part.datasource?.uid === undefined ? [] : [part.datasource.uid];
  return [...own, ...Object.values(part).flatMap(sourcesOf)];
}
