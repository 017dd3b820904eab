import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { BackupResult, Command, PoolReport } from '#libs/contracts';
import type {
  BackupChangeView,
  BackupListView,
  BackupView,
  EventListView,
  OperationView,
  PoolListView,
  ProblemView,
  VmChangeView,
  VmView,
} from '#libs/contracts/http';
import { waitFor } from '#libs/testing';
import { IntelUnderTest } from './intel-under-test.js';
import { ScriptedOperator } from './scripted-operator.js';

const GIB = 1024 ** 3;
const poolOf = (name: string, fields: Partial<PoolReport> = {}): PoolReport => ({
  poolId: randomUUID(),
  name,
  kind: 'dir',
  capacityBytes: 100 * GIB,
  freeBytes: 90 * GIB,
  available: true,
  reason: '',
  ...fields,
});
const far = poolOf('far', { kind: 'shared-dir' });
const full = poolOf('full', { freeBytes: GIB });
const lost = poolOf('lost', { available: false, reason: 'its folder is not there' });

let intel: IntelUnderTest;
let operator: ScriptedOperator;
let other: ScriptedOperator;

beforeAll(async () => {
  intel = await IntelUnderTest.start();
  operator = await ScriptedOperator.start(intel.nats.url);
  operator.facts = { pools: [poolOf('local'), far, full, lost] };
  operator.startBeating();
  other = await ScriptedOperator.start(intel.nats.url, 'host-2');
  other.memoryMib = 600;
  other.facts = { pools: [poolOf('local')] };
  other.startBeating();
  const count = async () => (await get<PoolListView>('/v1/pools')).items.length;
  await waitFor(async () => (await count()) === 5, { what: 'the pools are known' });
}, 60_000);

afterEach(() => {
  operator.heldCommands = false;
  operator.failing.clear();
});

afterAll(async () => {
  await operator?.stop();
  await other?.stop();
  await intel?.end();
});

const wait = { headers: { prefer: 'wait=10' } };
const get = async <T>(path: string) => (await intel.request<T>('GET', path)).body;
const backup = (id: string) => get<BackupView>(`/v1/backups/${id}`);

async function runningVm(name: string): Promise<VmView> {
  const input = { name, memoryMiB: 700, nics: [], disks: [{ sizeGiB: 1 }, { sizeGiB: 2 }] };
  const { body } = await intel.request<VmChangeView>('POST', '/v1/vms', input, wait);
  expect(body.operation.status).toBe('succeeded');
  return body.vm as VmView;
}

const ask = (vmId: string, body: object) =>
  intel.request<BackupChangeView & ProblemView>('POST', `/v1/vms/${vmId}/backups`, body);

/** The command that the host got for an operation. */
const commandOf = (operationId: string): Promise<Command> =>
  waitFor(() => operator.commands.find((it) => it.operationId === operationId), { what: 'the host has it' });

const ended = (operationId: string): Promise<OperationView> => intel.operation(operationId, '10s');

/** Asks for a backup and answers as its host would. */
async function backedUp(vm: VmView, body: object, made: Partial<BackupResult> = {}): Promise<BackupView> {
  operator.heldCommands = true;
  const { status, body: asked } = await ask(vm.id, { pool: 'far', ...body });
  expect([status, asked.backup?.state]).toEqual([201, 'creating']);
  const command = await commandOf(asked.operation.id);
  if (command.action.$case !== 'createBackup') throw new Error('it is another command');
  const { diskIds, parentBackupId } = command.action.value;
  const files = diskIds.map((diskId) => ({
    diskId,
    sizeBytes: GIB,
    fileBytes: 1000,
    sha256: 'ab'.repeat(32),
  }));
  const kind = parentBackupId ? 'incremental' : 'full';
  const value = { files, kind, fallbackReason: '', consistency: 'frozen', atMs: 1_700_000_000_000, ...made };
  await operator.answer(command, 'succeeded', undefined, { of: { $case: 'backup', value } });
  expect((await ended(asked.operation.id)).status).toBe('succeeded');
  operator.heldCommands = false;
  return backup(asked.backup?.id ?? '');
}

describe('a backup', () => {
  it('is refused with the reason where it cannot go', async () => {
    const vm = await runningVm('refused');
    const unknown = (await ask(vm.id, { pool: 'nowhere' })).body;
    expect(unknown).toMatchObject({ code: 'invalid_input', errors: [{ field: 'pool' }] });
    expect(unknown.errors?.[0]?.message).toContain('far');
    expect((await ask(vm.id, { pool: 'full' })).body).toMatchObject({ code: 'storage_full' });
    const gone = (await ask(vm.id, { pool: 'lost' })).body;
    expect(gone).toMatchObject({
      code: 'pool_unavailable',
      detail: expect.stringContaining('its folder is not there'),
    });
    const { body } = await intel.request<VmChangeView>(
      'POST',
      '/v1/vms',
      { name: 'bare', nics: [], disks: [] },
      wait,
    );
    expect((await ask(body.vm?.id ?? '', { pool: 'local' })).body).toMatchObject({ code: 'invalid_state' });
    expect((await get<BackupListView>('/v1/backups')).items).toEqual([]);
  });

  it('knows what it adds to, what became of it, and outlives its VM', async () => {
    const vm = await runningVm('chain');
    const first = await backedUp(vm, { kind: 'incremental' });
    expect(first).toMatchObject({
      state: 'ready',
      kind: 'full',
      requestedKind: 'incremental',
      fallbackReason: expect.stringContaining('no backup of the VM'),
      consistency: 'frozen',
      fileBytes: 2000,
    });
    const second = await backedUp(vm, { kind: 'incremental' });
    expect(second).toMatchObject({ kind: 'incremental', parentId: first.id, fallbackReason: '' });
    const broken = { kind: 'full', fallbackReason: 'the chain is broken' };
    const third = await backedUp(vm, { kind: 'incremental' }, broken);
    expect(third).toMatchObject(broken);
    expect(third.parentId).toBeUndefined();
    await intel.request('DELETE', `/v1/vms/${vm.id}`, undefined, wait);
    const { items } = await get<BackupListView>('/v1/backups?vm=chain');
    expect(items.map((it) => it.id)).toEqual([third.id, second.id, first.id]);
    const refused = await intel.request<ProblemView>('DELETE', `/v1/backups/${first.id}`);
    expect(refused.body).toMatchObject({
      code: 'resource_in_use',
      detail: expect.stringContaining(second.id),
    });
    expect((await intel.request('DELETE', `/v1/backups/${first.id}?cascade=true`)).status).toBe(202);
    const left = async () => (await get<BackupListView>('/v1/backups?vm=chain')).items.map((it) => it.id);
    await waitFor(async () => (await left()).length === 1, { what: 'the chain is gone' });
    expect(await left()).toEqual([third.id]);
  });

  it('is damaged when its host found so, and not restored then', async () => {
    const vm = await runningVm('rotten');
    const { id } = await backedUp(vm, {});
    operator.heldCommands = true;
    const { body } = await intel.request<BackupChangeView>('POST', `/v1/backups/${id}/verify`);
    const failure = { code: 'backup_damaged', message: 'A bit is wrong.' };
    await operator.answer(await commandOf(body.operation.id), 'failed', failure);
    expect((await ended(body.operation.id)).status).toBe('failed');
    expect(await backup(id)).toMatchObject({ state: 'damaged', error: failure });
    const restore = { name: 'from-rotten' };
    const refused = await intel.request<ProblemView>('POST', `/v1/backups/${id}/restore`, restore);
    expect(refused.body.code).toBe('backup_damaged');
    operator.heldCommands = false;
    const again = await intel.request<BackupChangeView>('POST', `/v1/backups/${id}/verify`, undefined, wait);
    expect(again.body.backup).toMatchObject({ state: 'ready', verifiedAt: expect.any(String) });
  });

  it('is cancelled by its host, and fails with its VM', async () => {
    const vm = await runningVm('cancelled');
    operator.heldCommands = true;
    const one = (await ask(vm.id, { pool: 'far' })).body;
    const command = await commandOf(one.operation.id);
    expect((await intel.request('POST', `/v1/operations/${one.operation.id}/cancel`)).status).toBe(200);
    const cancel = await waitFor(() => operator.commands.find((it) => it.action.$case === 'cancelCommand'), {
      what: 'the host is told',
    });
    expect(cancel.action.value).toEqual({ cancelledOperationId: one.operation.id });
    await operator.answer(command, 'failed', { code: 'cancelled', message: 'It was cancelled.' });
    expect((await ended(one.operation.id)).status).toBe('cancelled');
    expect(await backup(one.backup?.id ?? '')).toMatchObject({
      state: 'failed',
      error: { code: 'cancelled' },
    });
    const two = (await ask(vm.id, { pool: 'far' })).body;
    await commandOf(two.operation.id);
    await intel.request('DELETE', `/v1/vms/${vm.id}`, undefined, wait);
    expect((await ended(two.operation.id)).status).toBe('failed');
    expect((await backup(two.backup?.id ?? '')).state).toBe('failed');
    const told = async () => (await get<EventListView>('/v1/events?type=backup.*&limit=1000')).items;
    const about = (it: { type: string; resource: { id: string } }) =>
      it.resource.id === two.backup?.id ? [it.type] : [];
    await waitFor(async () => (await told()).flatMap(about).includes('backup.failed'), {
      what: 'it is told',
    });
  });
});

describe('a backup that was made while intel was away', () => {
  it('is there within seconds of its return', async () => {
    const vm = await runningVm('away');
    operator.heldCommands = true;
    const { operation, backup: asked } = (await ask(vm.id, { pool: 'far' })).body;
    const command = await commandOf(operation.id);
    await intel.down();
    const value = { files: [], kind: 'full', fallbackReason: '', consistency: 'off', atMs: 1 };
    await operator.answer(command, 'succeeded', undefined, { of: { $case: 'backup', value } });
    await intel.up();
    expect((await ended(operation.id)).status).toBe('succeeded');
    expect(await backup(asked?.id ?? '')).toMatchObject({ state: 'ready', consistency: 'off' });
  });
});

describe('a restore', () => {
  const restore = (id: string, body: object) =>
    intel.request<VmChangeView & ProblemView>('POST', `/v1/backups/${id}/restore`, body, wait);

  it('makes a new VM where the pool of the backup can be read', async () => {
    const vm = await runningVm('source');
    const antiAffinity = [{ labels: { role: 'db' }, required: true }];
    const placement = {
      strategy: 'pack',
      hostLabels: {},
      preferredHostLabels: { disk: 'ssd' },
      affinity: [],
      antiAffinity,
    };
    await intel.request('PATCH', `/v1/vms/${vm.id}`, { placement }, wait);
    const { id } = await backedUp(vm, {});
    expect((await restore(id, {})).body.errors?.map((it) => it.field)).toEqual(['name']);
    const both = (await restore(id, { inPlace: true, name: 'x', host: 'y' })).body;
    expect(both.errors?.map((it) => it.field)).toEqual(['name', 'host']);
    const refused = (await restore(id, { name: 'elsewhere', host: 'host-2' })).body;
    expect(refused).toMatchObject({ code: 'placement_failed', detail: expect.stringContaining('host-2') });
    const { body } = await restore(id, { name: 'copy', desiredState: 'stopped' });
    expect(body.operation.status).toBe('succeeded');
    expect(body.vm?.spec.placement).toEqual(placement);
    expect(body.vm?.spec.disks.map((it) => it.sizeBytes)).toEqual([GIB, GIB]);
    const wanted = operator.desired.findLast((it) => it.vmId === body.vm?.id);
    const origins = wanted?.disks.map((it) => it.origin?.from?.value);
    expect(origins).toEqual(vm.spec.disks.map((it) => ({ backupId: id, diskId: it.id, poolId: far.poolId })));
  });

  it('in place changes over only when the disks are made, and then lets the old ones go', async () => {
    const vm = await runningVm('in-place');
    const old = vm.spec.disks.map((it) => it.id);
    const { id } = await backedUp(vm, {});
    const before = operator.launches.length;
    const { body } = await restore(id, { inPlace: true });
    expect(body.operation.status).toBe('succeeded');
    const said = operator.desired.filter((it) => it.vmId === vm.id && it.generation > vm.generation);
    const [making, swapped] = said;
    expect(making?.disks.map((it) => [old.includes(it.diskId), it.presence])).toEqual([
      ...old.map(() => [true, 'attached']),
      ...old.map(() => [false, 'detached']),
    ]);
    expect(making?.startGeneration).toBe(vm.generation);
    const attached = swapped?.disks.filter((it) => it.presence === 'attached').map((it) => it.diskId);
    expect(attached?.some((it) => old.includes(it))).toBe(false);
    expect(operator.launches.length).toBe(before + 1);
    await waitFor(
      () =>
        operator.desired.some(
          (it) =>
            it.vmId === vm.id &&
            it.disks.every((disk) => !old.includes(disk.diskId) || disk.presence === 'removed') &&
            it.generation > (swapped?.generation ?? 0),
        ),
      { what: 'the old ones are removed' },
    );
    const now = await intel.vm(vm.id);
    expect(now.spec.disks.map((it) => it.id)).toEqual(attached);
  });

  it('in place that fails leaves the VM as it is', async () => {
    const vm = await runningVm('in-place-fails');
    const { id } = await backedUp(vm, {});
    operator.failing.set(vm.id, { code: 'backup_damaged', message: 'A bit is wrong.' });
    const { body } = await restore(id, { inPlace: true });
    expect(body.operation).toMatchObject({ status: 'failed', error: { code: 'backup_damaged' } });
    operator.failing.clear();
    const old = vm.spec.disks.map((it) => it.id);
    const last = await waitFor(
      () => {
        const wanted = operator.desired.findLast((it) => it.vmId === vm.id);
        return wanted?.disks.some((it) => it.presence === 'removed') && wanted;
      },
      { what: 'the new ones are removed' },
    );
    for (const disk of last.disks) {
      expect(disk.presence).toBe(old.includes(disk.diskId) ? 'attached' : 'removed');
    }
    expect((await intel.vm(vm.id)).spec.disks.map((it) => it.id)).toEqual(old);
  });
});
