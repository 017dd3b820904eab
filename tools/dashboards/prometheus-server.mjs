import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../provision/port.mjs';
import { step } from '../provision/progress.mjs';
import { pause, startProcess } from '../start/processes.mjs';

const UP_MS = 60_000;
const POLL_MS = 100;

/** A Prometheus that scrapes the three services every second. */
export async function startPrometheus({ programs, folder, ports, rules }) {
  const port = await freePort(0);
  const own = join(folder, 'prometheus');
  mkdirSync(own);
  const config = join(own, 'prometheus.yml');
  writeFileSync(config, configuration(ports, rules));
  const flags = [
    `--config.file=${config}`,
    `--storage.tsdb.path=${own}/data`,
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  const server = startProcess(programs.prometheus, flags, {
    cwd: own,
    env: process.env,
    output: join(own, 'log'),
  });
  const ask = async (path) => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/${path}`);
    const body = await answer.json();
    if (body.status !== 'success') throw new Error(`Prometheus: ${body.error} (${path})`);
    return body.data;
  };
  const query = async (expr) => (await ask(`query?query=${encodeURIComponent(expr)}`)).result;
  const until = async (what, holds) => {
    const deadline = Date.now() + UP_MS;
    while (!(await holds().catch(() => false))) {
      if (Date.now() > deadline) throw new Error(`waited ${UP_MS / 1000} s for ${what}`);
      await pause(POLL_MS);
    }
  };
  await step('Prometheus scrapes all three', () =>
    until('three targets', async () => (await query('up == 1')).length === 3),
  );
  const counted = async () => Number((await query('min(count_over_time(up[1h]))'))[0]?.value[1] ?? 0);
  return {
    query,
    rules: async () => (await ask('rules')).groups.flatMap((group) => group.rules),
    scrapes: async (count) => {
      const before = await counted();
      await until(`${count} scrapes`, async () => (await counted()) >= before + count);
    },
    stop: () => server.stop(5_000),
  };
}

function configuration({ intel, operator, observer }, rules) {
  const target = (port) => ({ targets: [`127.0.0.1:${port}`] });
  return JSON.stringify({
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: [rules],
    scrape_configs: [
      { job_name: 'vman', honor_labels: true, static_configs: [intel, operator, observer].map(target) },
    ],
  });
}
