// Job: base images without a registry. How: mmdebstrap makes a minimal Debian from packages, which is imported as
// debian:bookworm-slim; Postgres and nats-server from Debian's packages are put on top, under the official images'
// names with the tags that are true of them, and with so much of their contract as docker-compose.yml uses.
// An image of that name that is there already is used as it is and never removed.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { step } from '../provision/progress.mjs';
import { findProgram, run, succeeds } from '../provision/run.mjs';
import { FOLDERS } from './folders.mjs';
import { installPackages } from './packages.mjs';

const HERE = import.meta.dirname ?? new URL('.', import.meta.url).pathname;
export const IMAGES = {
  BASE_IMAGE: 'debian:bookworm-slim',
  POSTGRES_IMAGE: 'postgres:15-bookworm',
  NATS_IMAGE: 'nats:2.9-bookworm',
  PROMETHEUS_IMAGE: 'prom/prometheus:2.42-bookworm',
};

/** @returns {Promise<string[]>} the images that were made */
export async function ensureStandIns(engine, { yes }) {
  const made = [];
  const missing = async (image) =>
    !(await succeeds('docker', ['image', 'inspect', image], { env: engine.env }));
  if (await missing(IMAGES.BASE_IMAGE)) {
    if (!findProgram('mmdebstrap'))
      await installPackages(['mmdebstrap'], `${IMAGES.BASE_IMAGE} is built from packages`, { yes });
    await step(`image ${IMAGES.BASE_IMAGE}`, () => bootstrap(engine));
    made.push(IMAGES.BASE_IMAGE);
  }
  const onTop = { POSTGRES_IMAGE: 'postgres', NATS_IMAGE: 'nats', PROMETHEUS_IMAGE: 'prometheus' };
  for (const [name, target] of Object.entries(onTop)) {
    const image = IMAGES[name];
    if (!(await missing(image))) continue;
    await step(`image ${image}`, () => buildStandIn(engine, target, image));
    made.push(image);
  }
  return made;
}

async function bootstrap(engine) {
  mkdirSync(FOLDERS.root, { recursive: true });
  const tar = join(FOLDERS.root, 'base.tar');
  const noDocs = ['man', 'doc', 'locale', 'info'].map(
    (name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`,
  );
  // certificate authorities that this machine trusts beyond Debian's, where a company's proxy needs them
  const authorities =
    '--customize-hook=mkdir -p "$1/usr/local/share" && if [ -d /usr/local/share/ca-certificates ];' +
    ' then cp -rL /usr/local/share/ca-certificates "$1/usr/local/share/"; fi';
  const clean = '--customize-hook=rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/*';
  await run('mmdebstrap', ['--variant=minbase', '--quiet', ...noDocs, authorities, clean, 'bookworm', tar]);
  await run('docker', ['import', '--change', 'CMD ["bash"]', tar, IMAGES.BASE_IMAGE], { env: engine.env });
  rmSync(tar);
}

/** One target of the stand-ins' Dockerfile. */
export async function buildStandIn(engine, target, image) {
  const args = ['build', '--network', 'host', '--target', target, '-t', image, join(HERE, 'stand-ins')];
  await run('docker', args, { env: { ...engine.env, DOCKER_BUILDKIT: '0' } });
}

/** Secrets and an empty import folder, as a person would make them. */
export async function prepareFolders(root) {
  mkdirSync(FOLDERS.imports, { recursive: true });
  await run(join(root, 'deploy', 'compose', 'make-secrets.sh'), [FOLDERS.secrets]);
  writeFileSync(
    join(FOLDERS.root, 'README'),
    'Made by tools/containers; may be removed when nothing of it runs.\n',
  );
}
