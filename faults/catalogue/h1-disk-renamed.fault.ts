import { renameSync } from 'node:fs';
import { join } from 'node:path';
import type { Fault } from '../fault.js';
import { bareVm } from '../workload/worker.js';

export const diskRenamed: Fault = {
  id: 'H1',
  name: 'a disk renamed by hand: the start fails and says so, nothing blank takes its place',
  async happen({ stack, client }) {
    const who = 'fault';
    const name = `renamed-${Date.now()}`;
    const change = async (method: 'POST' | 'DELETE', path: string, body?: object) => {
      const result = await client.change({ who, method, path, ...(body ? { body } : {}) });
      if (result.outcome !== 'ok') throw new Error(`${method} ${path} was not accepted`);
      return { ...(await stack.api.finished(result.operation)), vm: result.vm };
    };
    const { vm } = await change('POST', '/v1/vms', bareVm(name));
    if (!vm) throw new Error('no VM in the answer');
    const path = `/v1/vms/${vm.id}`;
    await change('POST', `${path}/stop`);
    const host = stack.hosts.find(({ id }) => id === vm.status.host?.id);
    const disk = join(host?.storage ?? '', 'disks', `${vm.spec.disks[0]?.id}.qcow2`);
    renameSync(disk, `${disk}.away`);
    const refused = await change('POST', `${path}/start`);
    if (refused.error?.code !== 'disk_missing')
      throw new Error(`the start ended ${refused.status} ${refused.error?.code}`);
    renameSync(`${disk}.away`, disk);
    const started = await change('POST', `${path}/start`);
    if (started.status !== 'succeeded') throw new Error(`with its disk back: ${started.error?.code}`);
    await change('DELETE', path);
    return `VM ${vm.id}`;
  },
};
