import { createHash, randomBytes } from 'node:crypto';
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OperationView, TemplateChangeView, VmView } from '#libs/contracts/http';
import type { Fault } from '../fault.js';
import type { Ground } from '../ground/ground.js';
import { qemuByVm } from '../ground/process-watch.js';
import { bareVm } from '../workload/worker.js';

const IMAGE_BYTES = 1024 * 1024;
const who = 'fault';

export const baseRemoved: Fault = {
  id: 'D4',
  name: 'the base image of linked clones removed on their host: those that run go on, the others get it anew',
  async happen(ground, random) {
    const { stack, client } = ground;
    const name = `base-${Date.now()}`;
    const digest = await makeTemplate(ground, name);
    const order = { ...bareVm(name), template: name, disks: undefined };
    const [kept, off] = [await createdVm(ground, order), await createdVm(ground, order, '-off')];
    const succeeded = async (path: string, body?: object) => {
      const { status, error } = await changed(ground, 'POST', path, body);
      if (status !== 'succeeded') throw new Error(`POST ${path} ended ${status} ${error?.code}`);
    };
    await succeeded(`/v1/vms/${off.id}/stop`);
    const pid = qemuByVm(stack.folder).get(kept.id)?.join();
    const images = stack.hosts.map(({ storage }) => join(storage, 'images', digest));
    const there = images.filter(existsSync);
    for (const image of there) rmSync(image);

    await succeeded(`/v1/vms/${off.id}/snapshots`, { name: 'without-base' });
    const killed = random.chance(0.5);
    const host = stack.hosts.find(({ id }) => id === kept.status.host?.id);
    if (killed && host) {
      await host.operator.end('SIGKILL');
      host.operator.start();
      await host.operator.ready();
    }
    const now = qemuByVm(stack.folder).get(kept.id)?.join();
    if (!pid || pid !== now) throw new Error(`the clone that ran as ${pid} now runs as ${now}`);

    // Gone from the store too: nobody has it, and nothing blank takes its place.
    const stored = join(stack.folder, 'images', digest);
    renameSync(stored, `${stored}.away`);
    for (const image of images.filter(existsSync)) rmSync(image);
    const refused = await changed(ground, 'POST', `/v1/vms/${off.id}/start`);
    if (refused.error?.code !== 'image_missing')
      throw new Error(`without any image the start ended ${refused.status} ${refused.error?.code}`);
    renameSync(`${stored}.away`, stored);
    await succeeded(`/v1/vms/${off.id}/start`);
    await succeeded(`/v1/vms/${kept.id}/reboot`, { force: true });
    for (const { id } of [kept, off]) await changed(ground, 'DELETE', `/v1/vms/${id}`);
    await client.change({ who, method: 'DELETE', path: `/v1/templates/${name}` });
    return `${there.length} copies of ${digest.slice(0, 8)}${killed ? ', operator killed' : ''}`;
  },
};

/** Imports an image of its own. Gives its digest. */
async function makeTemplate({ stack }: Ground, name: string): Promise<string> {
  const path = `${name}.raw`;
  const image = randomBytes(IMAGE_BYTES);
  writeFileSync(join(stack.folder, 'import', path), image);
  const order = { name, format: 'raw', source: { type: 'file', path } };
  const made = await stack.api.ask<TemplateChangeView>('POST', '/v1/templates', order);
  const { status } = await stack.api.finished(made.operation);
  if (status !== 'succeeded') throw new Error(`the import ended ${status}`);
  return createHash('sha256').update(image).digest('hex');
}

async function createdVm(ground: Ground, order: object, suffix = ''): Promise<VmView> {
  const body = { ...order, name: `${Reflect.get(order, 'name')}${suffix}` };
  const made = await ground.client.change({ who, method: 'POST', path: '/v1/vms', body });
  if (made.outcome !== 'ok' || !made.vm) throw new Error('a clone was not made');
  await ground.stack.api.finished(made.operation);
  return ground.stack.api.untilState(made.vm.id, 'running');
}

async function changed(
  { client, stack }: Ground,
  method: 'POST' | 'DELETE',
  path: string,
  body?: object,
): Promise<OperationView> {
  const result = await client.change({ who, method, path, ...(body && { body }) });
  if (result.outcome !== 'ok') throw new Error(`${method} ${path} was not accepted`);
  return stack.api.finished(result.operation);
}
