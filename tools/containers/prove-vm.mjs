// Job: the containers carry a VM through its life: created through the API, answering over its forwarded port,
// repaired after kill -9, untouched while everything but its own container is restarted, and back after that one was.
import { step } from '../provision/progress.mjs';
import { ensureTemplate, ensureVm, waitForGuest, waitForHost } from '../start/hello.mjs';
import { pause, processesWith } from '../start/processes.mjs';
import { FOLDERS } from './folders.mjs';

const REPAIR_MS = 120_000;

export async function proveVm({ stack, image, figures, timed }) {
  const { api } = stack;
  await timed('template', () =>
    step('register the template', () => ensureTemplate(api, image, { imports: FOLDERS.imports })),
  );
  await step('a host reports itself', () => waitForHost(api));
  const id = await timed('create', () => step('create the VM', () => ensureVm(api)));
  const guest = await timed('guestAnswers', () => step('the guest answers', () => waitForGuest(api, id)));
  console.log(guest.answer.trim().replaceAll(/^/gm, '   '));
  await timed('repair', () => step('QEMU killed, repaired', (note) => proveRepair(api, id, note)));
  await timed('restarts', () =>
    step('the guest stays while the others restart', (note) => proveRestarts(stack, id, note)),
  );
  await timed('operatorRestart', () =>
    step("the operator's container restarts: its guest ends and is started again", (note) =>
      proveOperatorRestart(stack, id, note),
    ),
  );
  figures.guestEndsWithItsContainer = true;
}

/** The QEMU process of a VM, as this machine numbers it. */
export function qemuOf(id) {
  return processesWith(id).find(
    ({ commandLine }) => commandLine.includes('qemu-system') && !/^nsenter|^\S*sh /.test(commandLine),
  )?.pid;
}

async function proveRepair(api, id, note) {
  const killed = qemuOf(id);
  process.kill(killed, 'SIGKILL');
  const began = Date.now();
  const pid = await waitFor('a new QEMU process', () => {
    const found = qemuOf(id);
    return found !== killed ? found : undefined;
  });
  note(`${killed} -> ${pid} after ${Date.now() - began} ms`);
  await waitForGuest(api, id);
}

async function proveRestarts(stack, id, note) {
  const before = qemuOf(id);
  for (const service of ['intel', 'observer', 'nats', 'postgres']) {
    await stack.compose.run(['restart', service]);
    await stack.healthy(service);
  }
  await stack.healthy('intel');
  if (qemuOf(id) !== before) throw new Error(`QEMU was ${before} and is ${qemuOf(id)}`);
  const { status } = await waitFor('the API', () => stack.api.get(`/vms/${id}`).catch(() => undefined));
  note(`still process ${before}, ${status.state}`);
}

async function proveOperatorRestart(stack, id, note) {
  const before = qemuOf(id);
  await stack.compose.run(['restart', 'operator']);
  const after = await waitFor('a new QEMU process', () => {
    const pid = qemuOf(id);
    return pid !== before ? pid : undefined;
  });
  await waitForGuest(stack.api, id);
  note(`${before} -> ${after}`);
}

/** Waits for what `find` finds. */
export async function waitFor(what, find) {
  const deadline = Date.now() + REPAIR_MS;
  for (;;) {
    const found = await find();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`waited ${REPAIR_MS / 1000} s for ${what}`);
    await pause(20);
  }
}
