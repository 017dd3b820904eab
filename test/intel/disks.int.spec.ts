import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { PoolReport } from '#libs/contracts';
import type {
  DiskChangeView,
  DiskListView,
  DiskResourceView,
  PoolListView,
  PoolView,
  ProblemView,
  VmChangeView,
} from '#libs/contracts/http';
import { waitFor } from '#libs/testing';
import { IntelUnderTest } from './intel-under-test.js';
import { ScriptedOperator } from './scripted-operator.js';

const GIB = 1024 ** 3;
let intel: IntelUnderTest;
let operator: ScriptedOperator;
let other: ScriptedOperator;

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
const local = poolOf('local');

beforeAll(async () => {
  intel = await IntelUnderTest.start();
  operator = await ScriptedOperator.start(intel.nats.url);
  operator.facts = { pools: [local, far] };
  operator.startBeating();
  other = await ScriptedOperator.start(intel.nats.url, 'host-2');
  other.memoryMib = 64;
  other.facts = { pools: [poolOf('local'), far] };
  other.startBeating();
  await waitFor(async () => (await pools()).length === 3, { what: 'the pools are known' });
}, 60_000);

afterAll(async () => {
  await operator?.stop();
  await other?.stop();
  await intel?.end();
});

const wait = { headers: { prefer: 'wait=10' } };
const pools = async () => (await intel.request<PoolListView>('GET', '/v1/pools')).body.items ?? [];
const pool = async (id: string) => (await intel.request<PoolView>('GET', `/v1/pools/${id}`)).body;
const disk = async (id: string) => (await intel.request<DiskResourceView>('GET', `/v1/disks/${id}`)).body;
const create = (body: object, options: object = wait) =>
  intel.request<DiskChangeView & ProblemView>('POST', '/v1/disks', body, options);
const change = (method: string, path: string, body?: object) =>
  intel.request<DiskChangeView & ProblemView>(method, `/v1/disks/${path}`, body, wait);
const runningVm = async (name: string, more: object = {}) => {
  const { status, body } = await intel.request<VmChangeView & ProblemView>(
    'POST',
    '/v1/vms',
    { name, memoryMiB: 128, nics: [], ...more },
    wait,
  );
  expect([status, body.operation?.status]).toEqual([201, 'succeeded']);
  return body.vm!;
};

describe('pools', () => {
  it('are listed with their hosts and figures, and one with its own host can be seen by its name', async () => {
    const all = await pools();
    const shared = all.find((it) => it.id === far.poolId);
    expect(shared).toMatchObject({
      name: 'far',
      kind: 'shared-dir',
      capacityBytes: 100 * GIB,
      freeBytes: 90 * GIB,
      overcommit: 4,
      watermarkPercent: 90,
      acceptsDisks: true,
    });
    expect(shared?.hosts.map((it) => [it.name, it.available])).toEqual([
      ['host-1', true],
      ['host-2', true],
    ]);
    expect(await pool('far')).toMatchObject({ id: far.poolId });
    const several = await intel.request<ProblemView>('GET', '/v1/pools/local');
    expect([several.status, several.body.detail]).toEqual([404, 'Several pools have this name.']);
    expect(JSON.stringify(all)).not.toContain('/');
  });

  it('are limited by an admin alone, and refuse with their figures what does not fit', async () => {
    const { body } = await intel.request<PoolView>('PATCH', `/v1/pools/${far.poolId}`, {
      overcommit: 0.05,
      watermarkPercent: 95,
    });
    expect(body).toMatchObject({ overcommit: 0.05, watermarkPercent: 95 });
    const refused = await create({ name: 'too-large', sizeGiB: 6, pool: 'far' });
    expect([refused.status, refused.body.code]).toEqual([507, 'storage_full']);
    expect(refused.body.detail).toContain('pool far: 6 GiB asked, 5 GiB free of 100 GiB x 0.05');
    expect(refused.body.hint).toContain('overcommit');
    const bad = await intel.request<ProblemView>('PATCH', '/v1/pools/far', {
      overcommit: 0,
      watermarkPercent: 0,
    });
    expect([bad.status, bad.body.errors?.length]).toEqual([400, 2]);
    const { body: made } = await intel.request<{ token: string }>('POST', '/v1/tokens', {
      name: 'no-admin',
      role: 'operator',
    });
    const patch = await intel.request('PATCH', '/v1/pools/far', { overcommit: 9 }, { token: made.token });
    expect(patch.status).toBe(403);
    await intel.request('PATCH', '/v1/pools/far', { overcommit: 4 });
  });

  it('above their watermark take nothing new, and hurt nothing that runs', async () => {
    const vm = await runningVm('stays', { disks: [{ sizeGiB: 1, pool: 'far' }] });
    const full = { ...far, freeBytes: GIB };
    operator.facts = { pools: [local, full] };
    other.facts = { pools: [other.facts.pools![0]!, full] };
    await waitFor(async () => !(await pool('far')).acceptsDisks, { what: 'the pool is full' });
    const refused = await create({ name: 'late', sizeGiB: 1, pool: 'far' });
    expect([refused.status, refused.body.code]).toEqual([507, 'storage_full']);
    expect(refused.body.detail).toContain('99 % full');
    const another = await intel.request<ProblemView>('POST', '/v1/vms', {
      name: 'late',
      memoryMiB: 64,
      disks: [{ sizeGiB: 1, pool: 'far' }],
    });
    expect([another.status, another.body.code]).toEqual([507, 'storage_full']);
    const added = await intel.request<ProblemView>('POST', `/v1/vms/${vm.id}/disks`, {
      sizeGiB: 1,
      pool: 'far',
    });
    expect([added.status, added.body.code]).toEqual([507, 'storage_full']);
    expect((await intel.vm(vm.id)).status.state).toBe('running');
    operator.facts = { pools: [local, far] };
    other.facts = { pools: [other.facts.pools![0]!, far] };
    await waitFor(async () => (await pool('far')).acceptsDisks, { what: 'there is room again' });
    await intel.request('DELETE', `/v1/vms/${vm.id}`, undefined, wait);
  });

  it('that a host cannot use are said so, and take nothing there', async () => {
    const gone = {
      ...far,
      available: false,
      capacityBytes: 0,
      freeBytes: 0,
      reason: 'its folder is not there',
    };
    operator.facts = { pools: [local, gone] };
    const isGone = async () => (await pool('far')).hosts.some((it) => it.reason === gone.reason);
    await waitFor(isGone, { what: 'the pool is away on a host' });
    expect((await pool('far')).capacityBytes).toBe(100 * GIB);
    const refused = await create({ name: 'away', sizeGiB: 1, pool: 'far', host: 'host-1' });
    expect([refused.status, refused.body.code]).toEqual([507, 'placement_failed']);
    expect(refused.body.detail).toContain('its folder is not there');
    operator.facts = { pools: [local, far] };
    await waitFor(async () => !(await isGone()), { what: 'the pool is back' });
    const nowhere = await create({ name: 'nowhere', sizeGiB: 1, pool: 'none' });
    expect(nowhere.body.detail).toContain('has no pool none');
  });

  it('never promise more than their limit, however many ask at once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 4, maxLength: 10 }),
        async (sizes) => {
          const id = randomUUID();
          const report = { ...poolOf('raced'), poolId: id };
          await intel.database.transaction((tx) => tx.pools.report(operator.hostId, [local, far, report]));
          await intel.database.read((tx) => tx.pools.change(id, { overcommitPercent: 100 }));
          const take = (size: number) =>
            intel.database.transaction(async (tx) => ((await tx.pools.reserve(id, size * GIB)) ? size : 0));
          const taken = (await Promise.all(sizes.map(take))).reduce((sum, size) => sum + size, 0);
          const left = await intel.database.read((tx) => tx.pools.get(id));
          expect(left?.pool.reservedBytes).toBe(taken * GIB);
          expect(taken).toBeLessThanOrEqual(100);
          const refused = sizes.reduce((sum, size) => sum + size, 0) > taken;
          if (refused) expect(taken + Math.max(...sizes)).toBeGreaterThan(100);
        },
      ),
      { numRuns: 12 },
    );
  });
});

describe('a disk', () => {
  it('is made, grown, attached to a VM that runs, detached and destroyed, and its room comes back', async () => {
    const before = (await pool('far')).reservedBytes;
    const made = await create({ name: 'data', sizeGiB: 2, pool: 'far', labels: { tier: 'db' } });
    expect([made.status, made.body.operation?.status]).toEqual([201, 'succeeded']);
    const { id } = made.body.disk!;
    expect(made.body.disk).toMatchObject({
      name: 'data',
      state: 'available',
      sizeBytes: 2 * GIB,
      pool: { name: 'far' },
      cache: 'writeback',
      discard: 'unmap',
    });
    expect(made.body.disk?.host).toBeUndefined();
    expect((await pool('far')).reservedBytes).toBe(before + 2 * GIB);
    expect((await create({ name: 'data', sizeGiB: 1 })).body.code).toBe('already_exists');

    const grown = await change('PATCH', 'data', { sizeGiB: 3, labels: { tier: null, use: 'x' } });
    expect([grown.status, grown.body.disk?.sizeBytes]).toEqual([202, 3 * GIB]);
    expect(grown.body.disk?.labels).toEqual({ use: 'x' });
    expect((await change('PATCH', 'data', { sizeGiB: 1 })).body.errors?.[0]).toMatchObject({
      code: 'shrink',
    });

    const vm = await runningVm('holder', { disks: [{ sizeGiB: 1 }] });
    const taken = await change('POST', 'data/attach', { vm: 'holder', bootOrder: 1 });
    expect(taken.body).toMatchObject({ status: 400, errors: [{ field: 'bootOrder', code: 'unique' }] });
    const attached = await change('POST', 'data/attach', { vm: 'holder', bootOrder: 3 });
    expect([attached.status, attached.body.operation?.status]).toEqual([202, 'succeeded']);
    expect(attached.body.disk).toMatchObject({
      state: 'attached',
      vm: { name: 'holder' },
      keepOnDelete: true,
    });
    const wanted = operator.desired.at(-1)?.disks.find((it) => it.diskId === id);
    expect(wanted).toMatchObject({ existing: true, poolId: far.poolId, bootOrder: 3, sizeBytes: 3 * GIB });
    const held = await change('DELETE', 'data');
    expect([held.status, held.body.code]).toEqual([409, 'resource_in_use']);
    expect(held.body.detail).toContain('holder');
    const twice = await change('POST', 'data/attach', { vm: 'holder' });
    expect(twice.body.code).toBe('resource_in_use');

    const limits = { ioLimits: { writeIops: 100 }, cache: 'none', discard: 'ignore' };
    expect((await change('PATCH', 'data', { ...limits, sizeGiB: 4 })).body.operation?.status).toBe(
      'succeeded',
    );
    const limited = operator.desired.at(-1)?.disks.find((it) => it.diskId === id);
    expect(limited).toMatchObject({
      cache: 'none',
      discard: 'ignore',
      sizeBytes: 4 * GIB,
      ioLimits: { writeIops: 100, readIops: 0 },
    });
    expect((await pool('far')).reservedBytes).toBe(before + 4 * GIB);

    const detached = await change('POST', 'data/detach', {});
    expect(detached.body.operation?.status).toBe('succeeded');
    await waitFor(async () => (await disk(id)).state === 'available', { what: 'the disk is free' });
    expect((await disk(id)).vm).toBeUndefined();
    expect((await change('POST', 'data/detach', {})).body.code).toBe('invalid_state');
    const gone = await change('DELETE', 'data');
    expect([gone.body.operation?.status, gone.body.disk]).toEqual(['succeeded', undefined]);
    expect(operator.commands.concat(other.commands).map((it) => it.action.$case)).toEqual(
      expect.arrayContaining(['createDisk', 'growDisk', 'removeDisk']),
    );
    expect((await pool('far')).reservedBytes).toBe(before);
    await intel.request('DELETE', `/v1/vms/${vm.id}`, undefined, wait);
  });

  it('says why it could not be made, and can then only be removed', async () => {
    operator.held = true;
    const { body } = await create({ name: 'broken', sizeGiB: 1, host: 'host-1' }, {});
    const command = await waitFor(
      () => operator.commands.find((it) => it.operationId === body.operation?.id),
      { what: 'the command comes' },
    );
    expect((await change('DELETE', 'broken')).body.code).toBe('invalid_state');
    await operator.answer(command, 'failed', { code: 'storage_full', message: 'It is full.' });
    const isFailed = async () => (await disk('broken')).state === 'failed';
    await waitFor(isFailed, { what: 'the disk has failed' });
    operator.held = false;
    expect((await disk('broken')).failure).toMatchObject({ code: 'storage_full' });
    const vm = await runningVm('no-taker');
    expect((await change('POST', 'broken/attach', { vm: vm.id })).body.code).toBe('invalid_state');
    expect((await change('DELETE', 'broken')).body.operation?.status).toBe('succeeded');
    await intel.request('DELETE', `/v1/vms/${vm.id}`, undefined, wait);
  });

  it('that cannot be grown has its size and its room as before', async () => {
    await create({ name: 'stiff', sizeGiB: 1, host: 'host-1' });
    const before = (await pool(local.poolId)).reservedBytes;
    operator.held = true;
    const { body } = await intel.request<DiskChangeView>('PATCH', '/v1/disks/stiff', { sizeGiB: 5 });
    expect(body.disk).toMatchObject({ sizeBytes: GIB, growingToBytes: 5 * GIB });
    expect((await change('PATCH', 'stiff', { sizeGiB: 6 })).body.code).toBe('invalid_state');
    const command = await waitFor(
      () => operator.commands.find((it) => it.operationId === body.operation?.id),
      { what: 'the command comes' },
    );
    await operator.answer(command, 'failed', { code: 'storage_full', message: 'It is full.' });
    await waitFor(async () => (await disk('stiff')).growingToBytes === undefined, { what: 'it is over' });
    operator.held = false;
    expect((await disk('stiff')).sizeBytes).toBe(GIB);
    expect((await pool(local.poolId)).reservedBytes).toBe(before);
    await change('DELETE', 'stiff');
  });

  it('goes with its VM or outlives it, as it says', async () => {
    await create({ name: 'precious', sizeGiB: 1, pool: 'far' });
    const { id } = await disk('precious');
    const vm = await runningVm('mortal', {
      disks: [{ sizeGiB: 1 }, { id }, { sizeGiB: 1, keepOnDelete: true }],
    });
    expect((await disk(id)).vm?.name).toBe('mortal');
    const [own, , kept] = vm.spec.disks.map((it) => it.id);
    const list = await intel.request<DiskListView>('GET', '/v1/disks?vm=mortal&state=attached');
    expect(list.body.items.map((it) => it.id).sort()).toEqual([own, id, kept].sort());
    await intel.request('DELETE', `/v1/vms/${vm.id}`, undefined, wait);
    const last = operator.desired.filter((it) => it.vmId === vm.id).at(-1);
    expect([last?.presence, last?.disks.map((it) => it.diskId)]).toEqual(['deleted', [own]]);
    expect((await intel.request('GET', `/v1/disks/${own}`)).status).toBe(404);
    expect((await disk(id)).state).toBe('available');
    expect((await disk(kept!)).state).toBe('available');
    for (const it of [id, kept])
      expect((await change('DELETE', it!)).body.operation?.status).toBe('succeeded');
  });

  it('is not taken by two VMs, by another project, or by a host without its pool', async () => {
    await create({ name: 'lonely', sizeGiB: 1, host: 'host-2' });
    const { id } = await disk('lonely');
    expect(await disk(id)).toMatchObject({ host: { name: 'host-2' }, pool: { name: 'local' } });
    const vm = await runningVm('elsewhere');
    const far = await change('POST', 'lonely/attach', { vm: 'elsewhere' });
    expect([far.body.code, far.body.detail]).toEqual([
      'invalid_state',
      'The disk lies in the pool local, which the host of the VM does not have.',
    ]);
    const both = { name: 'both', memoryMiB: 16, disks: [{ id }, { id }] };
    const twice = await intel.request<ProblemView>('POST', '/v1/vms', both);
    expect(twice.body.errors).toMatchObject([{ field: 'disks[1].id', code: 'duplicate' }]);
    await intel.makeProjects('theirs');
    const project = { ...both, project: 'theirs', disks: [{ id, sizeGiB: 1 }] };
    const theirs = await intel.request<ProblemView>('POST', '/v1/vms', project);
    expect(theirs.body.errors).toMatchObject([{ field: 'disks[0].id', code: 'unknown' }]);
    const follows = await runningVm('follows', { memoryMiB: 16, disks: [{ id }] });
    expect(follows.status.host?.name).toBe('host-2');
    for (const it of [vm, follows]) await intel.request('DELETE', `/v1/vms/${it.id}`, undefined, wait);
    await change('DELETE', 'lonely');
  });

  it('is found by its labels, pool, host and name, page by page', async () => {
    for (const name of ['page-1', 'page-2', 'page-3']) {
      await create({ name, sizeGiB: 1, pool: 'far', labels: { set: 'page' } });
    }
    const get = async (query: string) =>
      (await intel.request<DiskListView>('GET', `/v1/disks?${query}`)).body;
    expect((await get('label=set=page')).items).toHaveLength(3);
    expect((await get('label=set=page&name=page-2')).items).toHaveLength(1);
    expect((await get(`pool=${far.poolId}&label=set`)).items).toHaveLength(3);
    expect((await get('host=nowhere')).items).toEqual([]);
    const first = await get('label=set&limit=2');
    const second = await get(`label=set&limit=2&cursor=${first.nextCursor}`);
    expect([...first.items, ...second.items].map((it) => it.name)).toEqual(['page-1', 'page-2', 'page-3']);
    for (const it of ['page-1', 'page-2', 'page-3']) await change('DELETE', it);
  });
});
