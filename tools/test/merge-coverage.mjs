// Merges what each project covered into one report: a table on the terminal, HTML in coverage/.
//   node merge-coverage.mjs FOLDER ...
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { ROOT } from '../provision/paths.mjs';

// the libraries that Jest itself reports with, as Jest finds them
const reporters = createRequire(join(ROOT, 'node_modules/@jest/reporters/package.json'));
const { createCoverageMap } = reporters('istanbul-lib-coverage');
const { createContext } = reporters('istanbul-lib-report');
const { create } = reporters('istanbul-reports');

const coverageMap = createCoverageMap({});
for (const folder of process.argv.slice(2)) {
  const file = join(folder, 'coverage-final.json');
  if (existsSync(file)) coverageMap.merge(JSON.parse(readFileSync(file, 'utf8')));
}
const context = createContext({ dir: join(ROOT, 'coverage'), coverageMap });
for (const report of ['text', 'html']) create(report, { maxCols: 110 }).execute(context);
