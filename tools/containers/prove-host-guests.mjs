// Job: with deploy/compose/host-guests.yml a guest outlives the operator's container: the container is removed with
// all its processes killed, QEMU goes on under the same pid, and a new container takes it over.
import { mkdirSync } from 'node:fs';
import { startTimeOf } from '../provision/lock.mjs';
import { step } from '../provision/progress.mjs';
import { ensureVm, waitForGuest, waitForHost } from '../start/hello.mjs';
import { endProcesses, processesWith } from '../start/processes.mjs';
import { ensureCompose } from './compose.mjs';
import { FOLDERS } from './folders.mjs';
import { pickForwardPorts } from './ports.mjs';
import { qemuOf, waitFor } from './prove-vm.mjs';
import { Stack } from './stack.mjs';

const FILES = ['docker-compose.yml', 'deploy/compose/host-guests.yml'];

export async function proveHostGuests({ stack: before, options, cleanUps, figures, timed }) {
  const run = `${FOLDERS.short}/run`;
  for (const folder of [run, FOLDERS.hostStorage]) mkdirSync(folder, { recursive: true, mode: 0o700 });
  const settings = {
    ...before.settings,
    HOST_STORAGE: FOLDERS.hostStorage,
    HOST_RUN: run,
    HOST_FORWARD_PORTS: await otherPorts(before),
  };
  await step('start anew with guests on the host', () => before.down());
  const compose = await ensureCompose(before.engine, settings, FILES, options);
  const stack = new Stack({ compose, engine: before.engine, settings });
  cleanUps.push(endGuests);
  await stack.up();
  await registerTemplate(stack.api);
  await waitForHost(stack.api);
  const id = await ensureVm(stack.api);
  await timed('hostGuestAnswers', () =>
    step('a guest on the host answers', () => waitForGuest(stack.api, id)),
  );
  const pid = qemuOf(id);
  const began = startTimeOf(pid);
  await timed('hostGuestSurvives', () =>
    step("the operator's container is killed and removed", async (note) => {
      await stack.docker(['rm', '--force', await stack.container('operator')]);
      if (startTimeOf(pid) !== began) throw new Error(`QEMU ${pid} ended with the container`);
      await waitForGuest(stack.api, id);
      note(`QEMU ${pid} goes on and answers`);
    }),
  );
  await timed('hostGuestAdopted', () =>
    step('a new container takes the guest over', async (note) => {
      await compose.run(['up', '-d', '--no-build', 'operator']);
      await stack.healthy('operator');
      await paused(stack.api, id);
      if (qemuOf(id) !== pid) throw new Error(`QEMU was ${pid} and is ${qemuOf(id)}`);
      note(`QEMU ${pid} was paused by it`);
    }),
  );
  figures.hostGuestSamePid = true;
}

/** Not those that the operator's container publishes. */
async function otherPorts({ settings }) {
  for (;;) {
    const ports = await pickForwardPorts();
    if (Math.abs(Number.parseInt(ports, 10) - Number.parseInt(settings.FORWARD_PORTS, 10)) > 10) return ports;
  }
}

async function registerTemplate(api) {
  const body = { name: 'demo', format: 'qcow2', source: { type: 'file', path: 'demo.qcow2' } };
  await api.post('/templates', body);
  await waitFor('the template', async () => {
    const { items } = await api.get('/templates?limit=1000');
    return items.find(({ name, state }) => name === 'demo' && state === 'ready');
  });
}

/** Only who holds its monitor can pause a guest. */
async function paused(api, id) {
  await waitFor('the pause to be taken', () =>
    api.post(`/vms/${id}/pause`).then(
      () => true,
      () => false,
    ),
  );
  await waitFor('the paused guest', async () => (await api.get(`/vms/${id}`)).status.state === 'paused');
}

/** They belong to no container, so nobody else ends them. */
export async function endGuests() {
  const guests = processesWith(FOLDERS.hostStorage).filter(({ commandLine }) =>
    commandLine.includes('qemu-system'),
  );
  await endProcesses(
    guests.map(({ pid }) => pid),
    10_000,
  );
}
