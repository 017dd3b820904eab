import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '#libs/testing';
import { POWERS_OFF } from '../../test/operator/boot-sectors.js';
import type { Fault } from '../fault.js';
import { bareVm } from '../workload/worker.js';

export const guestOff: Fault = {
  id: 'A54',
  name: 'a guest that powers itself off, its operator killed meanwhile: it is no crash, and stays off',
  async happen({ stack, client }, random) {
    const who = 'fault';
    const change = async (method: 'POST' | 'DELETE', path: string, body?: object) => {
      const result = await client.change({ who, method, path, ...(body ? { body } : {}) });
      if (result.outcome !== 'ok') throw new Error(`${method} ${path} was not accepted`);
      return { ...(await stack.api.finished(result.operation)), vm: result.vm };
    };
    const { vm } = await change('POST', '/v1/vms', bareVm(`off-${Date.now()}`));
    if (!vm) throw new Error('no VM in the answer');
    const path = `/v1/vms/${vm.id}`;
    await change('POST', `${path}/stop`);
    const host = stack.hosts.find(({ id }) => id === vm.status.host?.id);
    if (!host) throw new Error('the VM has no host');
    const sector = join(stack.folder, `sector-${vm.id}`);
    writeFileSync(sector, POWERS_OFF);
    const disk = join(host.storage, 'disks', `${vm.spec.disks[0]?.id}.qcow2`);
    execFileSync('qemu-io', ['-c', `write -s ${sector} 0 512`, disk]);
    rmSync(sector);
    await change('POST', `${path}/start`);
    const killed = random.chance(0.5);
    if (killed) {
      await host.operator.end('SIGKILL');
      host.operator.start();
      await host.operator.ready();
    }
    await waitFor(async () => (await stack.api.vm(vm.id)).spec.desiredState === 'stopped', {
      timeoutMs: 60_000,
      what: 'the desired state follows the guest',
    });
    const { lastExit, restart } = (await stack.api.vm(vm.id)).status;
    if (lastExit?.reason !== 'guest-shutdown' || restart.count > 0)
      throw new Error(`it ended by ${lastExit?.reason}, with ${restart.count} restarts`);
    await change('DELETE', path);
    return `VM ${vm.id}${killed ? ', operator killed' : ''}`;
  },
};
