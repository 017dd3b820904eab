import { step } from '../provision/progress.mjs';
import { guestProcesses } from '../start/guests.mjs';
import { ensureTemplate, ensureVm, waitForGuest, waitForHost } from '../start/hello.mjs';
import { pause } from '../start/processes.mjs';

const END_MS = 120_000;

/** What happens on a day: a VM comes, does something, is changed, ends by itself and comes back; somebody mistypes. */
export async function liveDay(stack, image) {
  const { api, folders } = stack;
  await step('template demo', () => ensureTemplate(api, image, folders));
  await waitForHost(api);
  const id = await step('a VM that answers', async () => {
    const id = await ensureVm(api);
    await waitForGuest(api, id);
    return id;
  });
  await step('a reboot, a disk, and a request for what is not there', async () => {
    await ended(api, await api.post(`/vms/${id}/reboot`, {}));
    const made = await api.post('/disks', { name: 'spare', sizeGiB: 1 });
    await ended(api, made);
    await api.get('/vms/nothing').catch(() => undefined);
  });
  await step('a kill of QEMU, and its repair', async () => {
    const [guest] = guestProcesses(folders).filter(({ commandLine }) => commandLine.includes(id));
    process.kill(guest.pid, 'SIGKILL');
    await until('the repair', async () => {
      const { items } = await api.get(`/operations?vm=${id}&origin=observer`);
      return items[0]?.status === 'succeeded';
    });
    await waitForGuest(api, id);
  });
}

/** Waits for the end of an operation. */
export async function ended(api, answer) {
  const { id } = answer.operation ?? answer;
  await until(`operation ${id}`, async () => {
    const { status } = await api.get(`/operations/${id}?wait=10s`);
    return status !== 'queued' && status !== 'running';
  });
}

export async function until(what, holds) {
  const deadline = Date.now() + END_MS;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited ${END_MS / 1000} s for ${what}`);
    await pause(50);
  }
}
