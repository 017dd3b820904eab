// The chart, checked with the real helm 3 and helm 4: lint, the golden renderings, the types of every object, and what
// its schema must refuse. `--update` writes the golden files anew; look at their difference before committing them.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { ROOT } from '../provision/paths.mjs';
import { step } from '../provision/progress.mjs';
import { run } from '../provision/run.mjs';
import { CHART, goldenCases, REFUSED } from './cases.mjs';
import { ensureHelms, ensureModels } from './fetch.mjs';
import { checkTypes } from './types.mjs';

const update = process.argv.includes('--update');
const renderings = {};
let passed = 0;
let failed = 0;

const helms = await ensureHelms();
const models = await ensureModels();
for (const helm of helms) {
  await check(`${helm.name} lint --strict`, (note) => lint(helm, note));
  for (const golden of goldenCases())
    await check(`${helm.name} renders ${golden.name}`, () => render(helm, golden));
  for (const [what, values, word] of REFUSED)
    await check(`${helm.name} refuses ${what}`, () => refuses(helm, values, word));
}
await check('types of all objects', async (note) => note(`${await checkTypes(models, renderings)} objects`));
console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

async function check(what, work) {
  try {
    await step(what, work);
    passed++;
  } catch (error) {
    failed++;
    console.error(error.message.replaceAll(/^/gm, '   '));
  }
}

async function lint(helm, note) {
  for (const { values } of goldenCases())
    await run(helm.path, ['lint', '--strict', '--quiet', CHART, '-f', values]);
  note((await run(helm.path, ['version', '--short'])).trim());
}

async function render(helm, { name, values, golden }) {
  const where = ['--namespace', 'vman-system', '--kube-version', '1.31.0'];
  const text = normalised(await run(helm.path, ['template', 'golden', CHART, ...where, '-f', values]));
  renderings[name] ??= text;
  if (update && helm === helms[0]) writeFileSync(golden, text);
  const expected = existsSync(golden) ? readFileSync(golden, 'utf8') : '';
  if (text !== expected) throw new Error(difference(expected, text, relative(ROOT, golden)));
}

/** helm 3 and 4 order and space the documents differently; what is in them must be the same. */
function normalised(text) {
  const documents = text.split(/^---\n/m).map((document) => document.trim());
  return `---\n${documents.filter(Boolean).sort().join('\n---\n')}\n`;
}

function difference(expected, text, file) {
  const [old, now] = [expected.split('\n'), text.split('\n')];
  const at = now.findIndex((line, index) => line !== old[index]);
  return `${file}:${at + 1} is\n  ${old[at]}\nand would be\n  ${now[at]}\nmeant so? node tools/helm/main.mjs --update`;
}

async function refuses(helm, values, word) {
  const settings = values.flatMap((value) => ['--set', value]);
  let output;
  try {
    output = await run(helm.path, ['template', 'refused', CHART, ...settings]);
  } catch (error) {
    if (error.output.includes(word)) return;
    output = error.output;
  }
  throw new Error(`not refused with "${word}":\n${output.slice(0, 500)}`);
}
