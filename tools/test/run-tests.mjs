// Job: `npm test`: set up the machine, then run Jest's projects one after the other, each on its own so that
// its output is in one place, and sum up: time by project, the slowest files, merged coverage, the counts.
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { ensureGuestImage } from '../provision/guest.mjs';
import { ensureNats } from '../provision/nats.mjs';
import { ensureNpm } from '../provision/npm.mjs';
import { DATA, NODE, ROOT } from '../provision/paths.mjs';
import { ensureQemu } from '../provision/qemu.mjs';
import { ensureTestPrograms } from '../provision/test-programs.mjs';
import { countsLine, countsOf, projectTable, readResults, slowestFiles } from './results.mjs';

const OUTPUT = join(DATA, 'test');
const MINUTE_MS = 60_000;
/** Far beyond what each may take: a run that hangs must not hang for ever. */
const LIMIT_MS = {
  unit: 10 * MINUTE_MS,
  integration: 20 * MINUTE_MS,
  e2e: 30 * MINUTE_MS,
  slow: 240 * MINUTE_MS,
};
/** Beyond the two of the settings: a third of what these files take is waiting for timers of the product. */
const WORKERS = { integration: 3 };
const JEST = [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  'node_modules/jest/bin/jest.js',
];

/** @returns {Promise<number>} the exit status: 0 when everything ran and passed */
export async function runTests({ projects, paths, options }) {
  // unless it is narrowed down, coverage says something
  const coverage = paths.length === 0 && options.length === 0;
  const runs = [];
  let setUp = true;
  try {
    await provision(projects);
    mkdirSync(OUTPUT, { recursive: true });
    for (const project of projects) runs.push(await runProject(project, { paths, options, coverage }));
    if (coverage) await node([join(ROOT, 'tools/test/merge-coverage.mjs'), ...projects.map(coverageFolder)]);
  } catch (error) {
    setUp = false;
    console.error(`\n${error.message}`);
  }
  const counts = countsOf(runs);
  if (runs.length > 0) {
    console.log(`\n${projectTable(runs)}`);
    console.log(`\nThe slowest files:\n${slowestFiles(runs, ROOT)}`);
  }
  console.log(`\n${countsLine(counts)}`);
  return setUp && counts.failed === 0 && runs.every(({ status }) => status === 0) ? 0 : 1;
}

/** Unit tests need packages only. */
async function provision(projects) {
  await ensureNpm();
  if (projects.every((project) => project === 'unit')) return;
  await ensureQemu();
  await ensureNats();
  process.env.PATH = [process.env.PATH, '/usr/sbin', '/sbin', await ensureTestPrograms()].join(delimiter);
  if (projects.some((project) => project === 'e2e' || project === 'slow')) await ensureGuestImage();
}

async function runProject(project, { paths, options, coverage }) {
  console.log(`\n=== ${project} ${'='.repeat(Math.max(0, 90 - project.length))}`);
  const resultsFile = join(OUTPUT, `${project}.json`);
  rmSync(resultsFile, { force: true });
  rmSync(coverageFolder(project), { recursive: true, force: true });
  const began = Date.now();
  const jest = [
    ...JEST,
    ...['--selectProjects', project, '--passWithNoTests', '--json', `--outputFile=${resultsFile}`],
    ...(coverage
      ? ['--coverage', '--coverageReporters=json', `--coverageDirectory=${coverageFolder(project)}`]
      : []),
    ...(WORKERS[project] ? [`--maxWorkers=${WORKERS[project]}`] : []),
    ...options,
    ...(paths.length > 0 ? ['--testPathPatterns', ...paths] : []),
  ];
  const status = await node(jest, LIMIT_MS[project]);
  return { project, status, ms: Date.now() - began, ...readResults(resultsFile) };
}

function coverageFolder(project) {
  return join(OUTPUT, 'coverage', project);
}

/**
 * Runs a script with the product's Node, its output on the terminal.
 * @returns {Promise<number>} its status; not 0 when it had to be ended after `limitMs`
 */
function node(args, limitMs = 60_000) {
  const env = { ...process.env, PATH: `${join(ROOT, 'node_modules/.bin')}:${process.env.PATH}` };
  return new Promise((resolve, reject) => {
    const child = spawn(NODE, args, { cwd: ROOT, env, stdio: ['ignore', 'inherit', 'inherit'] });
    const timer = setTimeout(() => {
      console.error(`ended after ${limitMs / 60_000} minutes: ${args.join(' ')}`);
      child.kill('SIGKILL');
    }, limitMs);
    child.on('error', reject);
    child.on('exit', (code) => {
      clearTimeout(timer);
      resolve(code ?? 1);
    });
  });
}
