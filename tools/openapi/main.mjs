// `node tools/openapi/main.mjs` compares openapi/intel.yaml with openapi/baseline.json and fails when something that
// clients rely on is gone; `--accept` makes the present description the baseline: after a release, or when a change is
// to break them.
import { readFileSync, writeFileSync } from 'node:fs';
import { parse } from 'yaml';
import { breakingChanges } from './breaking-changes.mjs';

const BASELINE = new URL('../../openapi/baseline.json', import.meta.url);
const PRESENT = new URL('../../openapi/intel.yaml', import.meta.url);

const present = parse(readFileSync(PRESENT, 'utf8'));
if (process.argv.includes('--accept')) {
  writeFileSync(BASELINE, `${JSON.stringify(bare(present))}\n`);
  console.log('The present API is the baseline now.');
} else {
  const found = breakingChanges(JSON.parse(readFileSync(BASELINE, 'utf8')), present);
  for (const each of found) console.log(each);
  process.exitCode = found.length > 0 ? 1 : 0;
}

/** Without what no comparison looks at. */
function bare({ paths, components }) {
  const dropped = [
    'description',
    'summary',
    'example',
    'examples',
    'headers',
    'tags',
    'x-errors',
    'x-permission',
  ];
  const schemas = Object.fromEntries(
    Object.entries(components.schemas).map(([name, schema]) => [name, withoutProse(schema)]),
  );
  return { paths: strip(paths), components: { schemas } };

  function withoutProse(schema) {
    const { properties, ...rest } = schema;
    const fields = Object.entries(properties ?? {}).map(([name, inner]) => [name, withoutProse(inner)]);
    return { ...strip(rest), ...(properties ? { properties: Object.fromEntries(fields) } : {}) };
  }
  function strip(node) {
    if (Array.isArray(node)) return node.map(strip);
    if (typeof node !== 'object' || node === null) return node;
    const kept = Object.entries(node).filter(
      ([key, value]) => !dropped.includes(key) && !isFailure(key, value),
    );
    return Object.fromEntries(kept.map(([key, value]) => [key, strip(value)]));
  }
  function isFailure(key, value) {
    return /^[345]\d\d$/.test(key) && typeof value === 'object';
  }
}
