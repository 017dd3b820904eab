import { setTimeout as pause } from 'node:timers/promises';
import type { HostView, OperationView } from '#libs/contracts/http';
import type { Fault } from '../fault.js';

export const hostDrained: Fault = {
  id: 'F3',
  name: 'a host drained with work in flight: what has its disks there stays and goes on',
  async happen({ stack: { api, hosts } }, random) {
    const { id, name } = random.pick(hosts);
    const path = `/v1/hosts/${id}`;
    const drained = await api.ask<{ operation?: OperationView }>('POST', `${path}/drain`);
    await pause(random.between(200, 4_000));
    const { state } = await api.ask<HostView>('GET', path);
    await api.ask('POST', `${path}/uncordon`);
    if (!drained.operation) throw new Error('a drain has no operation');
    const { status } = await api.finished(drained.operation);
    const after = await api.ask<HostView>('GET', path);
    if (after.state !== 'ready') throw new Error(`${name} is ${after.state} when it is opened again`);
    return `${name}, ${state}, its drain ${status}`;
  },
};
