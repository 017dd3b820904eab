// Job: every object of a rendering has the shape that Kubernetes' API gives it. How: each becomes a literal in a
// TypeScript file, typed by kubernetes-models, so that the compiler finds a misspelt, missing or mistyped key. One
// object with a key misspelt on purpose shows each time that it would.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { NODE, ROOT } from '../provision/paths.mjs';
import { run } from '../provision/run.mjs';

const TSC = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
const OPTIONS = {
  strict: true,
  noEmit: true,
  module: 'esnext',
  moduleResolution: 'bundler',
  target: 'es2022',
  types: [],
};

/**
 * @param {string} folder whose node_modules hold the models
 * @param {Record<string, string>} renderings by name
 * @returns {Promise<number>} how many objects were checked
 */
export async function checkTypes(folder, renderings) {
  const { parseAllDocuments } = createRequire(join(folder, 'package.json'))('yaml');
  const sources = join(folder, 'objects');
  rmSync(sources, { recursive: true, force: true });
  mkdirSync(sources);
  let count = 0;
  for (const [name, text] of Object.entries(renderings)) {
    const objects = parseAllDocuments(text, { version: '1.1' })
      .map((document) => document.toJS())
      .filter(Boolean);
    count += objects.length;
    writeFileSync(join(sources, `${name}.ts`), objects.map(literalOf).join('\n'));
  }
  writeFileSync(join(sources, 'misspelt.ts'), MISSPELT);
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: OPTIONS, include: ['objects'] }),
  );
  await run(NODE, [TSC, '-p', folder]);
  return count;
}

function literalOf(object, index) {
  const { apiVersion, kind } = object;
  const type = `import('${moduleOf(apiVersion)}').I${kind}`;
  return `export const o${index}: ${type} = ${JSON.stringify(object, null, 1)};`;
}

function moduleOf(apiVersion) {
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  if (group.includes('coreos.com')) return `@kubernetes-models/prometheus-operator/${apiVersion}`;
  return group ? `kubernetes-models/${group}/${version}` : `kubernetes-models/${version}`;
}

const MISSPELT = `export const pod: import('kubernetes-models/v1').IPod = {
  apiVersion: 'v1',
  kind: 'Pod',
  spec: {
    containers: [{
      name: 'x',
      // @ts-expect-error
      imagePullPolice: 'Always',
    }],
  },
};
`;
