import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { delay, systemClock } from '#libs/clock';
import type { OperationView, SnapshotChangeView, SnapshotListView, VmChangeView } from '#libs/contracts/http';
import { TIMERS } from '#libs/domain';
import { freePort, waitFor } from '#libs/testing';
import { SharedPool } from './stack/shared-pool.js';

describe('a host that comes back long after its VM was started elsewhere', () => {
  let shared: SharedPool;
  beforeAll(async () => {
    shared = await SharedPool.start();
  }, 180_000);
  afterAll(() => shared?.stop(), 60_000);

  it('starts nothing and deletes nothing, without the bus and with it', async () => {
    const [old, next] = await shared.hosts();
    await shared.runsOn(old);
    const { api } = shared.stack;
    const taken = [];
    for (const [name, memory] of [
      ['whole', true],
      ['still', false],
    ] as const) {
      const path = `/v1/vms/${shared.vmId}/snapshots`;
      const change = await api.ask<SnapshotChangeView>('POST', path, { name, memory });
      expect(await api.finished(change.operation)).toMatchObject({ status: 'succeeded' });
      taken.push(change.snapshot?.id);
    }
    const [whole, still] = taken;
    const list = async () => {
      const { items } = await api.ask<SnapshotListView>('GET', `/v1/vms/${shared.vmId}/snapshots`);
      return items.map(({ name, state }) => `${name} ${state}`);
    };
    await old.operator.end('SIGKILL');
    for (const pid of shared.pids) process.kill(pid, 'SIGKILL');
    await shared.runsOn(next);
    expect(await list()).toEqual(['whole ready', 'still ready']);
    const back = await api.ask<VmChangeView>('POST', `/v1/snapshots/${whole}/restore`, {});
    expect(await api.finished(back.operation)).toMatchObject({ status: 'succeeded' });
    const gone = await api.ask<SnapshotChangeView>('DELETE', `/v1/snapshots/${still}`);
    expect(await api.finished(gone.operation)).toMatchObject({ status: 'succeeded' });
    await shared.runsOn(next);
    const running = shared.pids;
    const lines = old.operator.log.length;
    old.operator.start({ VMAN_NATS_URL: `nats://127.0.0.1:${await freePort()}` });
    await waitFor(() => old.operator.log.slice(lines).includes('a VM waits for its lease'), {
      timeoutMs: 60_000,
      what: 'the old host would start the VM if it might',
    });
    expect(shared.pids).toEqual(running);
    await old.operator.end('SIGTERM');
    old.operator.start();
    await shared.letGo(old);
    expect(shared.pids).toEqual(running);
    expect(shared.overlaps.most).toBe(1);
    const disk = join(shared.folder, 'disks', `${(await shared.vm()).spec.disks[0]?.id}.qcow2`);
    expect(existsSync(disk)).toBe(true);
    expect(await list()).toEqual(['whole ready']);
    const records = join(shared.folder, 'snapshots', shared.vmId);
    expect(readdirSync(records)).toEqual([`${whole}.json`]);

    // Off, and moved to a host that never started it since: its memory goes on there all the same.
    await api.finished((await api.verb(shared.vmId, 'stop')).operation);
    const drain = await api.ask<{ operation: OperationView }>('POST', `/v1/hosts/${next.id}/drain`);
    expect(await api.finished(drain.operation)).toMatchObject({ status: 'succeeded' });
    await api.ask('POST', `/v1/hosts/${next.id}/uncordon`);
    const again = await api.ask<VmChangeView>('POST', `/v1/snapshots/${whole}/restore`, {});
    expect(await api.finished(again.operation)).toMatchObject({ status: 'succeeded' });
    await shared.runsOn(old);
    expect(shared.overlaps.most).toBe(1);
    const path = `/v1/vms/${shared.vmId}`;
    const { operation } = await shared.stack.api.ask<VmChangeView>('DELETE', path);
    await shared.stack.api.finished(operation);
    expect(existsSync(disk)).toBe(false);
    expect(existsSync(join(shared.folder, 'leases', shared.vmId))).toBe(false);
    expect(existsSync(records)).toBe(false);
  }, 240_000);

  it('leaves a guest alone whose host loses the bus, the control plane and the observer for longer than a lease', async () => {
    const { stack } = shared;
    const disks = [{ sizeGiB: 1, pool: 'far' }];
    const body = { name: 'alone', memoryMiB: 32, disks, nics: [], failover: true };
    const { vm } = await stack.api.createVm(body);
    await stack.api.untilState(vm.id, 'running', 60_000);
    const pids = stack.pidsOf(vm.id);
    const lease = () => stack.hosts.map((it) => it.operator.log.split('took the lease').length);
    const taken = lease();
    await stack.observer.end('SIGKILL');
    await stack.intel.end('SIGKILL');
    await stack.nats.kill();
    const { leaseTakeover, leaseOwnStop } = TIMERS;
    await delay(systemClock, leaseTakeover + leaseOwnStop);
    expect(stack.pidsOf(vm.id)).toEqual(pids);
    await stack.nats.start();
    stack.intel.start();
    stack.observer.start();
    await stack.api.untilState(vm.id, 'running', 60_000);
    expect(stack.pidsOf(vm.id)).toEqual(pids);
    expect(lease()).toEqual(taken);
    const { operation } = await stack.api.ask<VmChangeView>('DELETE', `/v1/vms/${vm.id}`);
    await stack.api.finished(operation);
  }, 240_000);
});
