// Job: a Docker engine. How: the one that answers is used and never stopped; where none runs (containers, CI, a
// system without systemd) a private one is started with its own socket and data folder, and stopped at the end.
// Assumes root for the private engine. What it leaves in the kernel: the bridge docker0 and its packet filter rules.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram, run, succeeds } from '../provision/run.mjs';
import { tailOf } from '../start/log-tail.mjs';
import { endProcesses, pause, processesWith, startProcess } from '../start/processes.mjs';
import { FOLDERS } from './folders.mjs';
import { installPackages } from './packages.mjs';

const START_MS = 60_000;
const STOP_MS = 30_000;
const socket = () => `unix://${FOLDERS.short}/docker.sock`;

/** @returns {Promise<{env: object, own: boolean, version: string, stop: () => Promise<void>}>} */
export async function ensureEngine({ yes }) {
  const present = await systemEngine();
  if (present) return present;
  if (!findProgram('dockerd')) {
    await installPackages(['docker.io', 'iptables'], 'No Docker engine is here', { yes });
    const started = await systemEngine();
    if (started) return started;
  }
  return startOwn();
}

async function systemEngine() {
  const docker = findProgram('docker');
  if (!docker || !(await succeeds(docker, ['info']))) return undefined;
  const env = { ...process.env };
  return { env, own: false, version: await versionOf(env), stop: async () => {} };
}

async function startOwn() {
  if (process.getuid?.() !== 0) throw new Error('no Docker engine runs; only root can start one');
  const env = { ...process.env, DOCKER_HOST: socket() };
  if (!(await succeeds('docker', ['info'], { env }))) await launch(env);
  return { env, own: true, version: await versionOf(env), stop: stopOwn };
}

async function launch(env) {
  mkdirSync(FOLDERS.short, { recursive: true, mode: 0o700 });
  mkdirSync(FOLDERS.engine, { recursive: true, mode: 0o711 });
  const output = join(FOLDERS.root, 'engine.log');
  const engine = startProcess(findProgram('dockerd'), engineArguments(), {
    cwd: FOLDERS.root,
    env: process.env,
    output,
  });
  const deadline = Date.now() + START_MS;
  while (!(await succeeds('docker', ['info'], { env }))) {
    if (!engine.alive() || Date.now() > deadline)
      throw new Error(`the Docker engine does not come up:\n${tailOf(output, 20)}`);
    await pause(200);
  }
}

function engineArguments() {
  const { engine, short } = FOLDERS;
  return [
    `--host=${socket()}`,
    `--data-root=${engine}`,
    `--exec-root=${join(short, 'exec')}`,
    `--pidfile=${join(short, 'docker.pid')}`,
    // interfaces with a smaller packet size than Ethernet's are common on rented machines
    '--mtu=1400',
  ];
}

/** Ends the private engine and removes all it held; the containers end with it. */
export async function stopOwn() {
  const pids = processesWith(`--data-root=${FOLDERS.engine}`).map(({ pid }) => pid);
  await endProcesses(pids, STOP_MS);
  for (const point of mountsBelow(FOLDERS.engine, FOLDERS.short)) await run('umount', [point]);
  rmSync(FOLDERS.engine, { recursive: true, force: true });
  rmSync(FOLDERS.short, { recursive: true, force: true });
}

/** The engine leaves the mounts of its own network namespace behind; the innermost come first. */
function mountsBelow(...folders) {
  return readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((point) => folders.some((folder) => point.startsWith(`${folder}/`)))
    .reverse();
}

async function versionOf(env) {
  return (await run('docker', ['version', '--format', '{{.Server.Version}}'], { env })).trim();
}
