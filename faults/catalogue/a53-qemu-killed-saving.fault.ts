import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { SnapshotChangeView, SnapshotListView } from '#libs/contracts/http';
import { waitFor } from '#libs/testing';
import type { Fault } from '../fault.js';
import { qemuByVm } from '../ground/process-watch.js';
import { bareVm } from '../workload/worker.js';

export const qemuKilledSaving: Fault = {
  id: 'A53',
  name: 'a QEMU process killed while the memory of its guest is saved: the snapshot is whole or has failed',
  endsGuests: true,
  async happen({ stack, client }) {
    const who = 'fault';
    const body = bareVm(`saved-${Date.now()}`);
    const made = await client.change({ who, method: 'POST', path: '/v1/vms', body });
    if (made.outcome !== 'ok' || !made.vm) throw new Error('no VM was made');
    await stack.api.finished(made.operation);
    const { id } = made.vm;
    const path = `/v1/vms/${id}/snapshots`;
    const { operation } = await stack.api.ask<SnapshotChangeView>('POST', path, { name: 's', memory: true });
    const records = stack.hosts.map((it) => join(it.storage, 'snapshots', id));
    await waitFor(() => records.some((it) => existsSync(it) && readdirSync(it).length > 0), {
      timeoutMs: 20_000,
      everyMs: 2,
      what: 'the snapshot is begun',
    });
    for (const pid of qemuByVm(stack.folder).get(id) ?? []) process.kill(pid, 'SIGKILL');
    const { status } = await stack.api.finished(operation);
    const { items } = await stack.api.ask<SnapshotListView>('GET', path);
    const expected = status === 'succeeded' ? 'ready' : 'failed';
    if (items[0]?.state !== expected) throw new Error(`${status}, but the snapshot is ${items[0]?.state}`);
    await stack.api.untilState(id, 'running', 60_000);
    const gone = await client.change({ who, method: 'DELETE', path: `/v1/vms/${id}` });
    if (gone.outcome === 'ok') await stack.api.finished(gone.operation);
    const left = records.filter(existsSync);
    if (left.length > 0) throw new Error(`records of snapshots were left: ${left}`);
    return `VM ${id}, ${status}`;
  },
};
