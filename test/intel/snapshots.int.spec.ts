import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import type { Command } from '#libs/contracts';
import type {
  PoolListView,
  SnapshotChangeView,
  SnapshotListView,
  SnapshotView,
  VmChangeView,
  VmView,
} from '#libs/contracts/http';
import { waitFor } from '#libs/testing';
import { IntelUnderTest } from './intel-under-test.js';
import { ScriptedOperator } from './scripted-operator.js';

let intel: IntelUnderTest;
let operator: ScriptedOperator;
const WAIT = { headers: { prefer: 'wait=10' } };

beforeAll(async () => {
  intel = await IntelUnderTest.start();
  operator = await ScriptedOperator.start(intel.nats.url);
  const room = { capacityBytes: 2 ** 40, freeBytes: 2 ** 40, available: true, reason: '' };
  operator.facts = { pools: [{ poolId: uuidv7(), name: 'local', kind: 'dir', ...room }] };
  operator.startBeating();
  await waitFor(
    async () => (await intel.request<PoolListView>('GET', '/v1/pools')).body.items?.length === 1,
    {
      what: 'the host and its pool are known',
    },
  );
}, 60_000);

afterAll(async () => {
  await operator?.stop();
  await intel?.end();
});

async function vmNamed(name: string, fields: object = {}): Promise<VmView> {
  const nics = [{ portForwards: [{ guestPort: 80 }] }];
  const body = { name, disks: [{ sizeGiB: 1 }, { sizeGiB: 2 }], nics, ...fields };
  return (await intel.request<VmChangeView>('POST', '/v1/vms', body, WAIT)).body.vm as VmView;
}

const commandOf = (change: { operation: { id: string } }): Promise<Command> =>
  waitFor(() => operator.commands.find((it) => it.operationId === change.operation.id), {
    what: 'the command reaches its host',
  });

const done = { bytes: 4096, consistency: 'crash-consistent', atMs: 1_700_000_000_000 };

/** Asks for it and lets the host answer. */
async function snapshotOf(vm: VmView, name: string, fields: object = {}): Promise<SnapshotView> {
  operator.held = true;
  const { body } = await intel.request<SnapshotChangeView>('POST', `/v1/vms/${vm.id}/snapshots`, {
    name,
    ...fields,
  });
  expect(body.snapshot).toMatchObject({ name, state: 'creating' });
  const consistency = 'memory' in fields ? 'memory' : done.consistency;
  const result = { of: { $case: 'snapshot' as const, value: { ...done, consistency } } };
  await operator.answer(await commandOf(body), 'succeeded', undefined, result);
  operator.held = false;
  await ended(body.operation.id);
  return (await intel.request<SnapshotView>('GET', `/v1/snapshots/${body.snapshot?.id}`)).body;
}

const ended = (id: string) =>
  waitFor(
    async () => {
      const operation = await intel.operation(id);
      return operation.finishedAt !== undefined && operation;
    },
    { what: 'the operation has ended' },
  );

const namesOf = async (vm: VmView) => {
  const { body } = await intel.request<SnapshotListView>('GET', `/v1/vms/${vm.id}/snapshots`);
  return body.items.map((it) => it.name);
};

describe('a snapshot', () => {
  it('is asked of the host for the disks that can change, and shows what came of it', async () => {
    const vm = await vmNamed('plain', { disks: [{ sizeGiB: 1 }, { sizeGiB: 1, readOnly: true }] });
    const first = await snapshotOf(vm, 'first', { freeze: 'always', freezeTimeoutSeconds: 3 });
    const [writable] = vm.spec.disks;
    expect(first).toMatchObject({
      state: 'ready',
      consistency: 'crash-consistent',
      bytes: 4096,
      takenAt: '2023-11-14T22:13:20.000Z',
      current: true,
      disks: [{ id: writable?.id, sizeBytes: 2 ** 30 }],
      machine: { vcpus: 1, nics: 1 },
    });
    expect(operator.commands.at(-1)?.action).toMatchObject({
      $case: 'createSnapshot',
      value: {
        diskIds: [writable?.id],
        memory: false,
        freeze: true,
        freezeRequired: true,
        freezeTimeoutMs: 3000,
      },
    });
    const second = await snapshotOf(vm, 'second');
    expect(second.parent).toBe(first.id);
    expect(await namesOf(vm)).toEqual(['first', 'second']);
    const { body } = await intel.request<SnapshotListView>('GET', `/v1/snapshots?vm=${vm.id}&name=first`);
    expect(body.items.map((it) => it.id)).toEqual([first.id]);
    const taken = await intel.request('POST', `/v1/vms/${vm.id}/snapshots`, { name: 'first' });
    expect(taken.body).toMatchObject({ status: 409, code: 'already_exists' });

    const gone = await intel.request<SnapshotChangeView>(
      'DELETE',
      `/v1/snapshots/${first.id}`,
      undefined,
      WAIT,
    );
    expect(gone.body.operation.status).toBe('succeeded');
    expect(gone.body.snapshot).toBeUndefined();
    const left = await intel.request<SnapshotView>('GET', `/v1/snapshots/${second.id}`);
    expect([left.body.parent, left.body.current]).toEqual([undefined, true]);
  });

  it('that fails says why, and its name is free again', async () => {
    const vm = await vmNamed('unlucky');
    operator.held = true;
    const { body } = await intel.request<SnapshotChangeView>('POST', `/v1/vms/${vm.id}/snapshots`, {
      name: 'x',
    });
    const failure = { code: 'storage_full', message: 'no room' };
    await operator.answer(await commandOf(body), 'failed', failure);
    operator.held = false;
    expect(await ended(body.operation.id)).toMatchObject({ status: 'failed', error: failure });
    const seen = await intel.request<SnapshotView>('GET', `/v1/snapshots/${body.snapshot?.id}`);
    expect(seen.body).toMatchObject({ state: 'failed', failure });
    const refused = await intel.request('POST', `/v1/snapshots/${body.snapshot?.id}/restore`, {});
    expect(refused.body).toMatchObject({ status: 409, code: 'invalid_state' });
    expect((await snapshotOf(vm, 'x')).state).toBe('ready');
  });

  it('is what a new disk can be a copy of, and holds its disks to the VM', async () => {
    const vm = await vmNamed('giver');
    const snapshot = await snapshotOf(vm, 'then');
    const [first, second] = vm.spec.disks;
    const ask = (source: object) => intel.request('POST', '/v1/disks', { name: 'copied', source });
    const vague = await ask({ snapshot: snapshot.id });
    expect(vague.body).toMatchObject({ code: 'invalid_input', errors: [{ field: 'source.disk' }] });
    operator.held = true;
    expect((await ask({ snapshot: snapshot.id, disk: second?.id })).status).toBe(201);
    const command = await waitFor(
      () => operator.commands.find((it) => it.action.$case === 'createDisk' && it.action.value.disk?.origin),
      { what: 'the copy is asked for' },
    );
    expect(command.action.value).toMatchObject({
      disk: { sizeBytes: 2 * 2 ** 30, origin: { from: { value: { diskId: second?.id } } } },
    });
    const kept = await intel.request('DELETE', `/v1/snapshots/${snapshot.id}`);
    expect(kept.body).toMatchObject({ code: 'resource_in_use', detail: expect.stringContaining('copied') });
    operator.held = false;
    await operator.answer(command, 'succeeded');
    await ended(command.operationId);
    const detached = await intel.request('POST', `/v1/disks/${second?.id}/detach`, {});
    expect(detached.body).toMatchObject({ code: 'resource_in_use', detail: expect.stringContaining('then') });
    const without = await intel.request('PATCH', `/v1/vms/${vm.id}`, { disks: [{ id: first?.id }] });
    expect(without.body).toMatchObject({
      status: 409,
      code: 'resource_in_use',
      detail: expect.stringContaining('then'),
    });
    const aside = { disks: [{ id: first?.id }, { id: second?.id, attached: false }] };
    expect((await intel.request('PATCH', `/v1/vms/${vm.id}`, aside)).status).toBe(202);
  });

  it('is refused where it makes no sense', async () => {
    const off = await vmNamed('off', { desiredState: 'stopped' });
    const bare = await vmNamed('bare', { disks: [] });
    const ask = async (vm: VmView, body: object) =>
      (await intel.request('POST', `/v1/vms/${vm.id}/snapshots`, { name: 'no', ...body })).body;
    expect(await ask(off, { memory: true })).toMatchObject({ code: 'invalid_state' });
    expect(await ask(off, { freeze: 'always' })).toMatchObject({ code: 'invalid_state' });
    expect(await ask(bare, {})).toMatchObject({ code: 'invalid_state' });
    expect(await ask(bare, { memory: true, freeze: 'always' })).toMatchObject({ code: 'invalid_input' });
    const absent = await intel.request('GET', `/v1/snapshots/${off.id}`);
    expect(absent.status).toBe(404);
  });
});

describe('a restore', () => {
  it('is a start that names the snapshot, until the host has said that it was carried out', async () => {
    const vm = await vmNamed('back');
    const snapshot = await snapshotOf(vm, 'then', { memory: true });
    operator.held = true;
    const { body } = await intel.request<VmChangeView>('POST', `/v1/snapshots/${snapshot.id}/restore`, {});
    expect(body.operation).toMatchObject({ kind: 'vm.restore', generation: 2 });
    const desired = await waitFor(() => operator.desired.find((it) => it.vmId === vm.id && it.restore), {
      what: 'the restore reaches its host',
    });
    const diskIds = vm.spec.disks.map((it) => it.id);
    expect(desired).toMatchObject({
      startGeneration: 2,
      restore: { snapshotId: snapshot.id, restoreGeneration: 2, memory: true, diskIds },
    });
    const during = await intel.request<SnapshotView>('GET', `/v1/snapshots/${snapshot.id}`);
    expect(during.body.state).toBe('restoring');
    const kept = await intel.request('DELETE', `/v1/snapshots/${snapshot.id}`);
    expect(kept.body).toMatchObject({ code: 'resource_in_use' });
    const reached = { acceptedGeneration: 2, observedGeneration: 2, startGeneration: 2 };
    await operator.tell(vm.id, { ...reached, restoredGeneration: 2 });
    operator.held = false;
    expect((await ended(body.operation.id)).status).toBe('succeeded');
    expect((await intel.request<SnapshotView>('GET', `/v1/snapshots/${snapshot.id}`)).body.state).toBe(
      'ready',
    );
    await intel.request('PATCH', `/v1/vms/${vm.id}`, { bootPriority: 3 }, WAIT);
    expect(operator.desired.filter((it) => it.vmId === vm.id).at(-1)?.restore).toBeUndefined();
  });

  it('that fails leaves the VM what it was: it runs on, or is started again', async () => {
    const vm = await vmNamed('stays');
    const snapshot = await snapshotOf(vm, 'then');
    for (const [pid, raised] of [
      [1001, false],
      [0, true],
    ] as const) {
      operator.held = true;
      const before = (await intel.request<VmView>('GET', `/v1/vms/${vm.id}`)).body.generation;
      const { body } = await intel.request<VmChangeView>('POST', `/v1/snapshots/${snapshot.id}/restore`, {});
      const generation = before + 1;
      await waitFor(() => operator.desired.some((it) => it.vmId === vm.id && it.generation === generation), {
        what: 'the restore reaches its host, which does not answer yet',
      });
      operator.held = false;
      await operator.tell(vm.id, {
        acceptedGeneration: generation,
        observedGeneration: generation,
        failure: { code: 'snapshot_missing', message: 'gone' },
        state: pid > 0 ? 'running' : 'failed',
        pid,
      });
      expect((await ended(body.operation.id)).error?.code).toBe('snapshot_missing');
      const next = await waitFor(
        () => operator.desired.find((it) => it.vmId === vm.id && it.generation === generation + 1),
        { what: 'the VM is asked to be what it was' },
      );
      expect(next).toMatchObject({ power: 'running', restore: undefined });
      expect(next.startGeneration === generation + 1).toBe(raised);
    }
  });

  it('is refused when the VM has another shape by now', async () => {
    const vm = await vmNamed('grown');
    const snapshot = await snapshotOf(vm, 'then', { memory: true });
    await intel.request('PATCH', `/v1/vms/${vm.id}`, { vcpus: 2 }, WAIT);
    const refused = await intel.request('POST', `/v1/snapshots/${snapshot.id}/restore`, {});
    expect(refused.body).toMatchObject({
      status: 409,
      code: 'snapshot_mismatch',
      detail: expect.stringContaining('vcpus 1 then, 2 now'),
    });
    const allowed = await intel.request('POST', `/v1/snapshots/${snapshot.id}/restore`, { memory: false });
    expect(allowed.status).toBe(202);
  });
});

describe('a clone', () => {
  it('is told to its host once a snapshot of its source is there, which is removed afterwards', async () => {
    const vm = await vmNamed('source');
    operator.held = true;
    const { body } = await intel.request<VmChangeView>('POST', `/v1/vms/${vm.id}/clone`, { name: 'copy' });
    const copy = body.vm as VmView;
    expect(body.operation).toMatchObject({ kind: 'vm.clone', status: 'queued' });
    const taken = await waitFor(
      () => operator.commands.find((it) => it.vmId === vm.id && it.action.$case === 'createSnapshot'),
      { what: 'the snapshot is asked for' },
    );
    expect(await namesOf(vm)).toEqual([]);
    expect(operator.desired.some((it) => it.vmId === copy.id)).toBe(false);
    operator.held = false;
    const result = { of: { $case: 'snapshot' as const, value: done } };
    await operator.answer(taken, 'succeeded', undefined, result);
    expect((await ended(body.operation.id)).status).toBe('succeeded');
    const desired = operator.desired.find((it) => it.vmId === copy.id);
    const snapshotId = taken.action.$case === 'createSnapshot' ? taken.action.value.snapshotId : '';
    expect(desired?.disks.map((it) => it.origin?.from)).toMatchObject(
      vm.spec.disks.map(({ id }) => ({ $case: 'snapshot', value: { snapshotId, diskId: id } })),
    );
    expect(desired?.nics[0]?.mac).not.toBe(vm.spec.nics[0]?.mac);
    expect(copy.status.portForwards[0]?.guestPort).toBe(80);
    expect(copy.status.portForwards[0]?.hostPort).not.toBe(vm.status.portForwards[0]?.hostPort);
    await waitFor(
      () =>
        operator.commands.find(
          (it) => it.action.$case === 'deleteSnapshot' && it.action.value.snapshotId === snapshotId,
        ),
      { what: 'the snapshot is removed' },
    );
  });

  it('has a first boot of its own: another instance, its own name, and the network of its own NICs', async () => {
    const networkConfig = 'version: 2\nethernets: {}\n';
    const source = await vmNamed('named-host', {
      cloudInit: { hostName: 'web-1.example.org', timezone: 'UTC', networkConfig },
    });
    const { body } = await intel.request<VmChangeView>('POST', `/v1/vms/${source.id}/clone`, {
      name: 'other-host',
    });
    const { instanceId, ...first } = body.vm?.spec.cloudInit ?? {};
    expect(first).toMatchObject({ hostName: 'other-host', timezone: 'UTC' });
    expect(first).not.toHaveProperty('networkConfig');
    expect(instanceId).not.toBe(source.spec.cloudInit?.instanceId);
  });

  it('whose snapshot cannot be taken fails, and nothing of it is left', async () => {
    const vm = await vmNamed('full');
    operator.held = true;
    const { body } = await intel.request<VmChangeView>('POST', `/v1/vms/${vm.id}/clone`, { name: 'never' });
    const taken = await waitFor(
      () => operator.commands.find((it) => it.vmId === vm.id && it.action.$case === 'createSnapshot'),
      { what: 'the snapshot is asked for' },
    );
    operator.held = false;
    await operator.answer(taken, 'failed', { code: 'storage_full', message: 'no room' });
    expect(await ended(body.operation.id)).toMatchObject({
      status: 'failed',
      error: { code: 'storage_full' },
    });
    await waitFor(async () => (await intel.request('GET', `/v1/vms/${body.vm?.id}`)).status === 404, {
      what: 'the VM is gone',
    });
  });

  it('of a snapshot that it names needs no other one, and keeps it from being deleted', async () => {
    const vm = await vmNamed('named');
    const snapshot = await snapshotOf(vm, 'then');
    operator.held = true;
    const made = await intel.request<VmChangeView>('POST', `/v1/vms/${vm.id}/clone`, {
      name: 'from-then',
      snapshot: 'then',
      start: true,
    });
    expect(made.status).toBe(201);
    const kept = await intel.request('DELETE', `/v1/snapshots/${snapshot.id}`);
    expect(kept.body).toMatchObject({
      code: 'resource_in_use',
      detail: expect.stringContaining('from-then'),
    });
    operator.held = false;
    const desired = await waitFor(() => operator.desired.find((it) => it.vmId === made.body.vm?.id), {
      what: 'the clone reaches its host',
    });
    await operator.carryOut(desired);
    expect((await ended(made.body.operation.id)).status).toBe('succeeded');
    expect((await intel.request('DELETE', `/v1/snapshots/${snapshot.id}`)).status).toBe(202);
  });
});
