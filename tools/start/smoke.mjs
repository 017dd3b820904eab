// Job: prove on this machine that a VM comes up and that a killed one comes back, unattended, and leave
// nothing behind. How: the same stages as the demo in a temporary folder of its own; then SIGKILL to the
// QEMU process, and waiting for its repair by the observer. The last line is one JSON object.
// The cache of downloads in .data/cache is shared with the demo; it is no part of what must vanish.
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { step } from '../provision/progress.mjs';
import { openDataFolder } from './data-folder.mjs';
import { endGuests, guestProcesses } from './guests.mjs';
import { ensureTemplate, ensureVm, waitForGuest, waitForHost } from './hello.mjs';
import { lastWordsOf } from './log-tail.mjs';
import { endProcesses, pause, processesWith } from './processes.mjs';
import { provision } from './provision.mjs';
import { Stack } from './stack.mjs';

const REPAIR_MS = 120_000;
const POLL_MS = 20;

/** @returns {Promise<number>} the exit status */
export async function runSmoke() {
  const root = mkdtempSync(join(tmpdir(), 'vman-smoke-'));
  chmodSync(root, 0o711);
  const folders = openDataFolder(root);
  const stack = new Stack(
    folders,
    { ports: { intel: 0, operator: 0, observer: 0 }, startAgain: [] },
    console.log,
  );
  const ms = {};
  let current = '';
  const stage = (name, work) => {
    current = name;
    return work();
  };
  const timed = async (name, work) => {
    const began = Date.now();
    const result = await stage(name, work);
    ms[name] = Date.now() - began;
    return result;
  };
  let failure;
  try {
    await Promise.race([proveRepair(stack, { stage, timed, ms }), interrupted()]);
  } catch (error) {
    failure = `stage ${current}: ${error.message}`;
    printLogs(folders);
  }
  const left = await cleanUp(stack);
  failure ??= left;
  if (failure) console.error(`\nthe smoke test failed in ${failure}`);
  console.log(JSON.stringify(failure ? { ok: false, failure, ms } : { ok: true, repaired: true, ms }));
  return failure ? 1 : 0;
}

async function proveRepair(stack, { stage, timed, ms }) {
  // this run is about itself: nothing outside is touched
  for (const name of ['DATABASE_URL', 'DATABASE_URL_FILE', 'NATS_URL', 'NATS_TOKEN', 'NATS_TOKEN_FILE']) {
    delete process.env[`VMAN_${name}`];
  }
  const { folders } = stack;
  const { nats, image } = await timed('provision', () => provision({ yes: true, needsNats: true }));
  const databaseUrl = await timed('postgres', () => stack.startDatabase());
  const bus = await timed('nats', () => stack.startBus(nats));
  await timed('services', () => stack.startServices(databaseUrl, bus));
  const { api } = stack;
  await timed('template', () => step('template demo', () => ensureTemplate(api, image, folders)));
  const id = await timed('create', () =>
    step('VM hello', async () => {
      await waitForHost(api);
      return ensureVm(api);
    }),
  );
  const guest = await timed('guestAnswers', () => step('the guest answers', () => waitForGuest(api, id)));
  console.log(guest.answer.trim().replaceAll(/^/gm, '   '));
  await proveKilledComesBack({ api, id, folders, ms, stage });
}

async function proveKilledComesBack({ api, id, folders, ms, stage }) {
  await stage('kill', () => step('kill -9 of QEMU', (note) => note(`process ${kill(folders, id)}`)));
  const killedAt = Date.now();
  const afterKill = async (name, label, work) => {
    await stage(name, () => step(label, work));
    ms[name] = Date.now() - killedAt;
  };
  await afterKill('noticed', 'the observer notices', () => waitFor('a repair', () => repairOf(api, id)));
  await afterKill('running', 'QEMU runs again', () => waitFor('a new process', () => processOf(folders, id)));
  await afterKill('guestAnswersAgain', 'the guest answers again', () => waitForGuest(api, id));
  await stage('operation', () => step('the repair is recorded', (note) => recordedRepair(api, id, note)));
}

async function recordedRepair(api, id, note) {
  const repair = await waitFor('the end of the repair', async () => {
    const found = await repairOf(api, id);
    return found && !['queued', 'running'].includes(found.status) ? found : undefined;
  });
  if (repair.status !== 'succeeded') {
    throw new Error(`the repair ended ${repair.status}: ${JSON.stringify(repair.error)}`);
  }
  note(`${repair.kind}, origin ${repair.origin}: ${repair.reason}`);
}

function kill(folders, id) {
  const pid = processOf(folders, id);
  if (!pid) throw new Error(`no QEMU process of VM ${id} found`);
  process.kill(pid, 'SIGKILL');
  return pid;
}

function processOf(folders, id) {
  return guestProcesses(folders).find(({ commandLine }) => commandLine.includes(id))?.pid;
}

async function repairOf(api, id) {
  const { items } = await api.get(`/operations?vm=${id}&origin=observer`);
  return items[0];
}

async function waitFor(what, find) {
  const deadline = Date.now() + REPAIR_MS;
  for (;;) {
    const found = await find();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`waited ${REPAIR_MS / 1000} s for ${what}`);
    await pause(POLL_MS);
  }
}

function interrupted() {
  return new Promise((_resolve, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
      process.on(signal, () => reject(new Error(`interrupted by ${signal}`)));
    }
  });
}

function printLogs(folders) {
  for (const name of ['intel', 'operator', 'observer']) {
    const words = lastWordsOf(folders, name);
    if (words) console.error(`\nthe last lines of ${name}:\n${words}`);
  }
}

function removeIfEmpty(folder) {
  if (readdirSync(folder).length === 0) rmdirSync(folder);
}

/** Ends and removes everything. @returns {Promise<string | undefined>} what is left, if anything is */
async function cleanUp(stack) {
  const { folders } = stack;
  await step('clean up', async () => {
    await stack.stop();
    await endGuests(folders, console.log);
    for (const folder of [folders.run, stack.databaseFolder, folders.root]) {
      if (folder) rmSync(folder, { recursive: true, force: true });
    }
    if (stack.databaseFolder && !stack.databaseFolder.startsWith(folders.root)) {
      removeIfEmpty(dirname(stack.databaseFolder));
    }
  });
  const processes = processesWith(folders.root);
  await endProcesses(
    processes.map(({ pid }) => pid),
    2000,
  );
  const left = [
    ...processes.map(({ pid, commandLine }) => `process ${pid} ${commandLine.slice(0, 120)}`),
    ...[folders.root, folders.run, stack.databaseFolder].filter((path) => path && existsSync(path)),
  ];
  return left.length > 0 ? `clean-up: left behind were ${left.join(', ')}` : undefined;
}
