import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';

const SLOWEST = 10;
const EMPTY = { passed: 0, failed: 0, skipped: 0, files: [] };

/** What Jest wrote about a project; a file that does not even load counts as one failed test. */
export function readResults(file) {
  if (!existsSync(file)) return { ...EMPTY, failed: 1 };
  const found = JSON.parse(readFileSync(file, 'utf8'));
  return {
    passed: found.numPassedTests,
    failed: found.numFailedTests + found.numRuntimeErrorTestSuites,
    skipped: found.numPendingTests + found.numTodoTests,
    files: found.testResults.map(({ name, startTime, endTime }) => ({ name, ms: endTime - startTime })),
  };
}

export function countsOf(runs) {
  const sum = (key) => runs.reduce((total, run) => total + run[key], 0);
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') };
}

export function countsLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

export function projectTable(runs) {
  return runs
    .map((run) => {
      const time = `${(run.ms / 1000).toFixed(1)} s`;
      return `${run.project.padEnd(12)} ${time.padStart(8)}  ${run.files.length} files, ${countsLine(run)}`;
    })
    .join('\n');
}

export function slowestFiles(runs, root) {
  return runs
    .flatMap(({ project, files }) => files.map((file) => ({ project, ...file })))
    .sort((a, b) => b.ms - a.ms)
    .slice(0, SLOWEST)
    .map(
      ({ project, name, ms }) =>
        `${`${(ms / 1000).toFixed(1)} s`.padStart(8)}  ${project.padEnd(12)} ${relative(root, name)}`,
    )
    .join('\n');
}
