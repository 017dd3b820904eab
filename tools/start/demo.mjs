import { join, relative } from 'node:path';
import { tryLock } from '../provision/lock.mjs';
import { DATA, ROOT } from '../provision/paths.mjs';
import { step } from '../provision/progress.mjs';
import { openDataFolder, readState, writeState } from './data-folder.mjs';
import { endGuests, stopGuests } from './guests.mjs';
import { ensureTemplate, ensureVm, startAgain, waitForGuest, waitForHost } from './hello.mjs';
import { outsideServers, readDotEnv } from './outside.mjs';
import { provision } from './provision.mjs';
import { Stack } from './stack.mjs';

const log = (line) => console.log(line);

/** @returns {Promise<number>} the exit status, once a signal ended the demo or a start failed */
export async function runDemo({ yes }) {
  const folders = openDataFolder(join(DATA, 'demo'));
  const lock = tryLock(folders.lockFile);
  if (lock.heldBy !== undefined) {
    console.error(`npm start already runs here (process ${lock.heldBy}); it uses ${folders.root}`);
    return 1;
  }
  const stack = new Stack(folders, readState(folders), log);
  const stopAsked = onSignal();
  let status = 0;
  try {
    const started = start(stack, yes);
    // a start that fails because it was interrupted is no failure
    started.catch(() => {});
    await Promise.race([started, stopAsked.promise]);
    if (!stopAsked.signal) await stopAsked.promise;
  } catch (error) {
    console.error(`\n${error.message}`);
    status = 1;
  }
  await stop(stack, stopAsked);
  lock.release();
  return status;
}

async function start(stack, yes) {
  const { folders, state } = stack;
  readDotEnv();
  const outside = outsideServers();
  const { nats, image } = await provision({ yes, needsNats: !outside.bus });
  const databaseUrl = await stack.startDatabase(outside.databaseUrl);
  const bus = await stack.startBus(nats, outside.bus);
  await stack.startServices(databaseUrl, bus);
  writeState(folders, state);
  const { api } = stack;
  await step('template demo', () => ensureTemplate(api, image, folders));
  const id = await step('VM hello', async () => {
    await waitForHost(api);
    await startAgain(api, state.startAgain);
    state.startAgain = [];
    writeState(folders, state);
    return ensureVm(api);
  });
  const guest = await step('the guest answers', () => waitForGuest(api, id));
  if (!stack.stopping) log(summary(stack, guest));
}

function summary(stack, guest) {
  const { url, token, folders } = stack;
  return `
VMAN is up.

  API     ${url}/v1
  Docs    ${url}/docs
  Token   ${token}
  Shell   export VMAN_URL=${url} VMAN_TOKEN=${token}
  Try     curl -H "Authorization: Bearer ${token}" ${url}/v1/vms
  Guest   curl ${guest.url}
${guest.answer.trim().replaceAll(/^/gm, '            ')}
  Logs    ${relative(ROOT, folders.logs)}

Ctrl-C stops the services and the guests. The data stays in ${relative(ROOT, folders.root)} for the next start.
`;
}

async function stop(stack, stopAsked) {
  const { folders, state } = stack;
  log(
    `\nstopping${stopAsked.signal ? '' : ' after the failure'}; the data stays in ${relative(ROOT, folders.root)}`,
  );
  if (stack.api) {
    const remember = (ids) => {
      state.startAgain = [...new Set([...state.startAgain, ...ids])];
      writeState(folders, state);
    };
    await Promise.race([stopGuests({ api: stack.api, folders, log, remember }), stopAsked.again]);
  }
  await stack.stop();
  await endGuests(folders, log);
  log('stopped');
}

/** The first signal asks to stop; a second one cuts the waiting for the guests short. */
function onSignal() {
  const state = { signal: undefined };
  let first;
  let second;
  state.promise = new Promise((resolve) => {
    first = resolve;
  });
  state.again = new Promise((resolve) => {
    second = resolve;
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (state.signal) second(undefined);
      state.signal ??= signal;
      first();
    });
  }
  return state;
}
