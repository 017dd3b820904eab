// `npm run check`: everything about the code that can be checked without running it. Each check runs, also when an
// earlier one failed; `npm run check -- types layers` runs only those.
import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { ensureNpm } from '../provision/npm.mjs';
import { ROOT } from '../provision/paths.mjs';

const CHECKS = [
  {
    name: 'format-and-lint',
    command: ['biome', 'ci', '--error-on-warnings', '--colors=off', '.'],
    cure: 'npm run format',
  },
  { name: 'types', command: ['tsc', '-p', 'tsconfig.json', '--noEmit'] },
  { name: 'layers', command: ['depcruise', 'apps', 'libs'] },
  { name: 'dead-code', command: ['knip'] },
  { name: 'wire-lint', command: ['buf', 'lint'] },
  {
    name: 'wire-breaking',
    command: ['buf', 'breaking', '--against', 'proto/baseline.binpb'],
    cure: 'add fields instead of changing them; after a release: buf build -o proto/baseline.binpb',
  },
  { name: 'generated', command: ['node', 'tools/generate/main.mjs', '--check'], cure: 'npm run generate' },
  {
    name: 'api-lint',
    command: ['spectral', 'lint', 'openapi/intel.yaml', '--fail-severity=hint', '--quiet'],
  },
  { name: 'api-lint-redocly', command: ['redocly', 'lint', 'openapi/intel.yaml'] },
  {
    name: 'api-breaking',
    command: ['node', 'tools/openapi/main.mjs'],
    cure: 'add instead of changing; to break clients on purpose: node tools/openapi/main.mjs --accept',
  },
  { name: 'lock-file', command: ['node', 'tools/lock/complete.mjs', '--check'] },
];

/** Nothing is reported or looked up anywhere. */
const QUIET = { REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !CHECKS.some((check) => check.name === name));
if (unknown.length > 0) {
  console.error(`no such check: ${unknown.join(', ')}; there are: ${CHECKS.map((it) => it.name).join(', ')}`);
  process.exit(2);
}
await ensureNpm();
let failed = 0;
const chosen = CHECKS.filter((check) => wanted.length === 0 || wanted.includes(check.name));
for (const check of chosen) {
  const begun = performance.now();
  const { status, output } = await runCheck(check.command);
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'}  ${check.name.padEnd(16)} ${seconds.padStart(5)} s`);
  if (status === 0) continue;
  failed++;
  console.log(output.trimEnd().replace(/^/gm, '        '));
  if (check.cure) console.log(`        -> ${check.cure}`);
}
console.log(`\n${chosen.length - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

/** Tools come from node_modules, run by the Node that lies there too. */
function runCheck([program, ...args]) {
  const bin = join(ROOT, 'node_modules', '.bin');
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}`, FORCE_COLOR: '0', ...QUIET };
  const child = spawn(join(bin, program), args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  return new Promise((resolve) => {
    child.on('error', (error) => resolve({ status: 1, output: String(error) }));
    child.on('close', (status) => resolve({ status, output }));
  });
}
