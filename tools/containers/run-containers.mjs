// Job: show on any Debian machine that docker-compose.yml works: built from packages, started, a VM booted through
// it, its parts restarted under the running guest, everything removed. The last line is one JSON object.
import { rmSync } from 'node:fs';
import { ensureGuestImage } from '../provision/guest.mjs';
import { ROOT } from '../provision/paths.mjs';
import { step } from '../provision/progress.mjs';
import { run } from '../provision/run.mjs';
import { ensureCompose } from './compose.mjs';
import { ensureEngine, stopOwn } from './engine.mjs';
import { FOLDERS, PROJECT } from './folders.mjs';
import { pickForwardPorts, pickPort } from './ports.mjs';
import { proveHardening } from './prove-hardening.mjs';
import { endGuests, proveHostGuests } from './prove-host-guests.mjs';
import { HOST, proveHostInstall } from './prove-host-install.mjs';
import { proveMetrics } from './prove-metrics.mjs';
import { proveSupervisor, SUPERVISED } from './prove-supervisor.mjs';
import { proveVm } from './prove-vm.mjs';
import { Stack } from './stack.mjs';
import { ensureStandIns, IMAGES, prepareFolders } from './stand-ins.mjs';

/** @returns {Promise<number>} the exit status */
export async function runContainers(options) {
  if (options.purge) return purge(options);
  const figures = {};
  const cleanUps = [];
  let failure;
  try {
    await Promise.race([prove(options, figures, cleanUps), interrupted()]);
  } catch (error) {
    failure = error.message;
    console.error(`\nfailed: ${failure}`);
    await cleanUps.showLogs?.().catch(() => {});
  }
  if (options.keep) console.log('everything is kept running; remove it with --purge');
  else
    for (const cleanUp of cleanUps.reverse()) await cleanUp().catch((error) => (failure ??= error.message));
  console.log(JSON.stringify(failure ? { ok: false, failure, figures } : { ok: true, figures }));
  return failure ? 1 : 0;
}

async function prove(options, figures, cleanUps) {
  const timed = async (name, work) => {
    const began = Date.now();
    const result = await work();
    figures[`${name}Ms`] = Date.now() - began;
    return result;
  };
  const engine = await timed('engine', () => ensureEngine(options));
  cleanUps.push(() => step('stop the private engine', engine.stop), removeFolder);
  console.log(
    `   Docker engine ${engine.version}${engine.own ? `, a private one: ${engine.env.DOCKER_HOST}` : ''}`,
  );
  const image = await timed('guestImage', () => ensureGuestImage());
  const made = await timed('baseImages', () => ensureStandIns(engine, options));
  await prepareFolders(ROOT);
  const settings = await composeSettings();
  const compose = await ensureCompose(engine, settings, ['docker-compose.yml'], options);
  console.log(`   compose ${compose.version}`);
  cleanUps.push(() => removeImages(engine, [...serviceImages(), ...made]));
  if (options.build) await timed('build', () => step('build the images', () => compose.run(['build'])));
  figures.imageMB = await imageSizes(engine);
  const stack = new Stack({ compose, engine, settings });
  cleanUps.showLogs = () => stack.showLogs();
  cleanUps.push(() => step('compose down', () => stack.down()));
  await timed('up', () => stack.up());
  const proof = { stack, image, figures, timed };
  await proveHardening(proof);
  await proveVm(proof);
  await proveMetrics(proof);
  if (options.hostInstall) await proveHostInstall({ ...proof, engine, cleanUps });
  if (options.supervisor) await proveSupervisor({ ...proof, engine, cleanUps });
  if (options.hostGuests) await proveHostGuests({ ...proof, options, cleanUps });
}

async function composeSettings() {
  return {
    ...IMAGES,
    BUILD_IMAGE: IMAGES.BASE_IMAGE,
    BUILD_NETWORK: 'host',
    NATS_CONFIG: 'nats-2.9.conf',
    VERSION: PROJECT,
    COMPOSE_PROJECT_NAME: PROJECT,
    SECRETS_FOLDER: FOLDERS.secrets,
    IMPORT_FOLDER: FOLDERS.imports,
    INTEL_PORT: String(await pickPort(7400)),
    PROMETHEUS_PORT: String(await pickPort(9090)),
    FORWARD_PORTS: await pickForwardPorts(),
    // the demo guest is small, and KVM is not given to the container
    QEMU_ACCEL: 'tcg',
  };
}

function serviceImages() {
  return ['intel', 'operator', 'observer'].map((name) => `vman/${name}:${PROJECT}`);
}

async function imageSizes(engine) {
  const sizes = {};
  for (const image of serviceImages()) {
    const bytes = await run('docker', ['image', 'inspect', '--format', '{{.Size}}', image], engine);
    sizes[image.replace(/^vman\/|:.*$/g, '')] = Math.round(Number(bytes) / 1e6);
  }
  return sizes;
}

/** Only by the names that were given here; layers without a name go with them. */
async function removeImages(engine, images) {
  if (engine.own) return;
  await step('remove the images', () => run('docker', ['image', 'rm', ...images], engine));
}

async function removeFolder() {
  rmSync(FOLDERS.root, { recursive: true, force: true });
}

/** What a run with --keep, or one that was killed, left behind. */
async function purge(options) {
  const engine = await ensureEngine(options);
  const compose = await ensureCompose(engine, await composeSettings(), ['docker-compose.yml'], options);
  await step('compose down', () =>
    compose.run(['--profile', 'metrics', 'down', '--volumes', '--remove-orphans']),
  );
  // Only with nobody left who would start them again.
  await step('end guests on the host', endGuests);
  const installed = [HOST, SUPERVISED];
  for (const { name } of installed) await run('docker', ['rm', '--force', name], engine).catch(() => {});
  if (engine.own) await step('stop the private engine', stopOwn);
  else
    for (const image of [...serviceImages(), ...installed.map((it) => it.image)])
      await removeImages(engine, [image]).catch((error) => console.log(error.message));
  await removeFolder();
  return 0;
}

function interrupted() {
  return new Promise((_resolve, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
      process.on(signal, () => reject(new Error(`interrupted by ${signal}`)));
  });
}
