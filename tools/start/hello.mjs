import { copyFileSync, existsSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ApiError } from './api.mjs';
import { pause } from './processes.mjs';

const HOST_MS = 30_000;
const GUEST_MS = 180_000;
const TEMPLATE = 'demo';
const VM = 'hello';

/** Registers the demo image as a template, unless there is one of that name. */
export async function ensureTemplate(api, image, folders) {
  const { items } = await api.get('/templates?limit=1000');
  const present = items.find((template) => template.name === TEMPLATE);
  if (present && present.state !== 'failed') return present;
  const file = join(folders.imports, 'demo.qcow2');
  if (!existsSync(file) || statSync(file).mtimeMs < statSync(image.path).mtimeMs) {
    copyFileSync(image.path, `${file}.new`);
    renameSync(`${file}.new`, file);
  }
  const body = { name: TEMPLATE, format: image.format, source: { type: 'file', path: 'demo.qcow2' } };
  const created = await api.post('/templates', body);
  await finished(api, created.operation);
  return created.template;
}

/** Waits until a host reports itself; a VM can be placed from then on. */
export async function waitForHost(api) {
  const deadline = Date.now() + HOST_MS;
  for (;;) {
    const { items } = await api.get('/hosts');
    if (items.some((host) => host.state === 'ready')) return;
    if (Date.now() > deadline) throw new Error('no host reported itself; see the log of the operator');
    await pause(50);
  }
}

async function findVm(api) {
  const { items } = await api.get(`/vms?name=${VM}`);
  return items.find((vm) => vm.name === VM);
}

/** Creates the VM `hello`, or starts it when it is stopped. */
export async function ensureVm(api) {
  const present = await findVm(api);
  if (present) {
    await startVm(api, present);
    return present.id;
  }
  const { vm } = await api.post('/vms', {
    name: VM,
    template: TEMPLATE,
    vcpus: 1,
    memoryMiB: 256,
    nics: [{ kind: 'user', portForwards: [{ protocol: 'tcp', guestPort: 80 }] }],
  });
  return vm.id;
}

async function startVm(api, vm) {
  if (vm.spec.desiredState === 'running' && vm.status.state !== 'failed') return;
  await api.post(`/vms/${vm.id}/start`);
}

/** Starts the VMs again that the last Ctrl-C stopped. */
export async function startAgain(api, ids) {
  for (const id of ids) {
    try {
      await startVm(api, await api.get(`/vms/${id}`));
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404)) throw error;
    }
  }
}

/**
 * Waits until the guest itself answers over its forwarded port.
 * @returns {Promise<{url: string, answer: string}>}
 */
export async function waitForGuest(api, id) {
  const deadline = Date.now() + GUEST_MS;
  let vm;
  do {
    vm = await api.get(`/vms/${id}`);
    if (vm.status.state === 'failed') throw new Error(`the VM failed: ${describe(vm)}`);
    const forward = vm.spec.nics[0]?.portForwards[0];
    const url = forward && `http://${forward.hostAddress}:${forward.hostPort}/cgi-bin/info`;
    const answer = url && (await fetchText(url));
    if (answer) return { url, answer };
    await pause(100);
  } while (Date.now() < deadline);
  throw new Error(`the guest did not answer in ${GUEST_MS / 1000} s: ${describe(vm)}`);
}

async function finished(api, operation) {
  let now = operation;
  while (now.status === 'queued' || now.status === 'running')
    now = await api.get(`/operations/${now.id}?wait=30s`);
  if (now.status === 'succeeded') return;
  throw new Error(`${now.kind} ${now.status}: ${now.error?.code} ${now.error?.message} (${now.error?.hint})`);
}

function describe(vm) {
  const { state, reason, failure } = vm.status;
  return [state, reason, failure?.code, failure?.message, failure?.hint].filter(Boolean).join(', ');
}

async function fetchText(url) {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
    return response.ok ? await response.text() : undefined;
  } catch {
    return undefined;
  }
}
