import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import type {
  EventListView,
  OperationListView,
  OperationView,
  ProblemView,
  ProjectView,
  QuotaView,
  VmChangeView,
  VmListView,
  VmView,
} from '#libs/contracts/http';
import { waitFor } from '#libs/testing';
import { SweepTrash } from '../../apps/intel/src/vms/sweep-trash.js';
import { IntelUnderTest } from './intel-under-test.js';
import { ScriptedOperator } from './scripted-operator.js';

let intel: IntelUnderTest;
let operator: ScriptedOperator;

beforeAll(async () => {
  intel = await IntelUnderTest.start();
  operator = await ScriptedOperator.start(intel.nats.url);
  operator.startBeating();
  await waitFor(async () => (await intel.request('GET', '/v1/hosts/host-1')).status === 200, {
    what: 'the host has registered itself',
  });
}, 60_000);

afterAll(async () => {
  await operator?.stop();
  await intel?.end();
});

const verb = (
  id: string,
  name: string,
  body?: object,
  headers: Record<string, string> = { prefer: 'wait=10' },
) => intel.request<VmChangeView>('POST', `/v1/vms/${id}/${name}`, body, { headers });

describe('a VM', () => {
  it('is created, reaches its host as a desired state, and runs when the host says so', async () => {
    const made = await intel.request<VmChangeView>(
      'POST',
      '/v1/vms',
      { name: 'first', nics: [{ portForwards: [{ guestPort: 80 }] }], labels: { tier: 'web' } },
      { headers: { prefer: 'wait=10' } },
    );
    expect(made.status).toBe(201);
    expect(made.headers.get('location')).toBe(`/v1/operations/${made.body.operation.id}`);
    expect(made.headers.get('etag')).toBe('"g1"');
    expect(made.body.operation).toMatchObject({
      kind: 'vm.create',
      status: 'succeeded',
      progress: 100,
      origin: 'user',
    });
    const steps = await waitFor(
      async () => {
        const now = (await intel.operation(made.body.operation.id)).steps;
        return now.length > 0 ? now : undefined;
      },
      { what: 'the steps are told' },
    );
    expect(steps).toMatchObject([{ step: 'launch', outcome: 'done', durationMs: 1.5 }]);
    const vm = made.body.vm as VmView;
    expect(vm.status).toMatchObject({ state: 'running', observedGeneration: 1, host: { name: 'host-1' } });
    expect(vm.status.portForwards).toHaveLength(1);
    const desired = operator.desired.find((it) => it.vmId === vm.id);
    expect(desired).toMatchObject({
      generation: 1,
      startGeneration: 1,
      presence: 'present',
      power: 'running',
    });
    expect(desired?.nics[0]?.forwards[0]?.hostPort).toBe(vm.status.portForwards[0]?.hostPort);
  });

  it('is found by its name as by its id', async () => {
    const byName = await intel.request<VmView>('GET', '/v1/vms/first');
    expect((await intel.vm(byName.body.id)).name).toBe('first');
  });

  it('goes through all verbs, each with an operation of its own', async () => {
    const { id } = (await intel.createVm('verbs')).vm;
    await intel.request('GET', `/v1/vms/${id}/wait?for=ready&timeout=10s`);
    for (const [name, state] of [
      ['pause', 'paused'],
      ['resume', 'running'],
      ['reboot', 'running'],
      ['shutdown', 'stopped'],
      ['start', 'running'],
      ['stop', 'stopped'],
    ] as const) {
      const { status, body } = await verb(id, name);
      expect([name, status, body.operation.kind, body.operation.status]).toEqual([
        name,
        202,
        `vm.${name}`,
        'succeeded',
      ]);
      expect([name, body.vm?.status.state]).toEqual([name, state]);
    }
    expect(operator.launches.filter((it) => it.vmId === id)).toHaveLength(3);
  });

  it('that runs is left alone by start', async () => {
    const { vm } = await intel.createVm('left-alone');
    await intel.request('GET', `/v1/vms/${vm.id}/wait?for=ready&timeout=10s`);
    const { body } = await verb(vm.id, 'start');
    expect(body.operation).toMatchObject({ status: 'succeeded' });
    expect(body.vm?.generation).toBe(1);
  });

  it('that is stopped refuses what has no meaning, and says what to do', async () => {
    const { vm } = await intel.createVm('cold', { desiredState: 'stopped' });
    await waitFor(async () => (await intel.vm(vm.id)).status.state === 'stopped', {
      what: 'it is seen stopped',
    });
    for (const name of ['pause', 'resume', 'reboot', 'reset']) {
      const { status, body } = await intel.request('POST', `/v1/vms/${vm.id}/${name}`);
      expect([name, status, body]).toEqual([
        name,
        409,
        expect.objectContaining({ code: 'invalid_state', hint: expect.stringMatching(/start/i) }),
      ]);
    }
  });

  it('is reset by a command that the host answers', async () => {
    const { vm } = await intel.createVm('reset-me');
    await intel.request('GET', `/v1/vms/${vm.id}/wait?for=running&timeout=10s`);
    const { body } = await verb(vm.id, 'reset');
    expect(body.operation).toMatchObject({ kind: 'vm.reset', status: 'succeeded' });
    expect(operator.commands.find((it) => it.vmId === vm.id)).toMatchObject({
      operationId: body.operation.id,
      minGeneration: 1,
      action: { $case: 'reset' },
    });
  });

  it('that cannot start ends failed, with a code and a hint', async () => {
    operator.held = true;
    const { vm, operation } = await intel.createVm('no-memory');
    operator.failing.set(vm.id, { code: 'insufficient_memory', message: 'cannot allocate' });
    const seen = await waitFor(() => operator.desired.find((it) => it.vmId === vm.id), {
      what: 'the host hears of it',
    });
    operator.held = false;
    await operator.carryOut(seen);
    const ended = await intel.operation(operation.id, '10s');
    expect(ended).toMatchObject({
      status: 'failed',
      error: {
        code: 'insufficient_memory',
        message: 'cannot allocate',
        hint: expect.stringContaining('memory'),
      },
    });
    expect((await intel.vm(vm.id)).status).toMatchObject({
      state: 'failed',
      failure: { code: 'insufficient_memory' },
    });
    operator.failing.delete(vm.id);
    const { body } = await verb(vm.id, 'start');
    expect(body.vm?.status.state).toBe('running');
  });

  it('whose guest powers itself off stays off: its desired state becomes stopped', async () => {
    const { vm } = await intel.createVm('power-off');
    await intel.request('GET', `/v1/vms/${vm.id}/wait?for=ready&timeout=10s`);
    const lastExit = {
      exitSeq: 1,
      reason: 'guest-shutdown' as const,
      atMs: 5,
      startGeneration: 1,
      status: 'code 0',
    };
    await operator.tell(vm.id, { state: 'stopped', pid: 0, lastExit });
    const seen = await waitFor(
      async () => {
        const now = await intel.vm(vm.id);
        return now.spec.desiredState === 'stopped' && now.status.observedGeneration === 2 ? now : undefined;
      },
      { what: 'its desired state is stopped and reached' },
    );
    expect(seen).toMatchObject({
      generation: 2,
      status: { lastExit: { reason: 'guest-shutdown', sequence: 1 } },
    });
    const { body } = await intel.request<{ items: OperationView[] }>('GET', `/v1/operations?vm=${vm.id}`);
    expect(body.items[0]).toMatchObject({ kind: 'vm.guest-shutdown', origin: 'system', status: 'succeeded' });
    await intel.request(
      'PATCH',
      `/v1/vms/${vm.id}`,
      { labels: { a: 'b' } },
      { headers: { prefer: 'wait=10' } },
    );
    expect(operator.launches.filter((it) => it.vmId === vm.id)).toHaveLength(1);
    expect((await verb(vm.id, 'start')).body.vm?.status.state).toBe('running');
  });

  it('whose guest does not shut down when asked goes on, and is asked by no later change', async () => {
    const { vm } = await intel.createVm('deaf');
    await intel.request('GET', `/v1/vms/${vm.id}/wait?for=ready&timeout=10s`);
    operator.failing.set(vm.id, { code: 'guest_refused', message: 'deaf' });
    const { body } = await verb(vm.id, 'shutdown', { timeoutSeconds: 1 });
    expect(body.operation).toMatchObject({ status: 'failed', error: { code: 'guest_refused' } });
    operator.failing.delete(vm.id);
    await waitFor(async () => (await intel.vm(vm.id)).spec.desiredState === 'running', {
      what: 'it is to run again',
    });
    const listed = await intel.request<{ items: OperationView[] }>('GET', `/v1/operations?vm=${vm.id}`);
    expect(listed.body.items[0]).toMatchObject({ kind: 'vm.guest-refused', origin: 'system' });
  });

  it('with the policy always is not stopped by its guest', async () => {
    const { vm } = await intel.createVm('always-on', { restart: { policy: 'always' } });
    await intel.request('GET', `/v1/vms/${vm.id}/wait?for=ready&timeout=10s`);
    const lastExit = {
      exitSeq: 1,
      reason: 'guest-shutdown' as const,
      atMs: 5,
      startGeneration: 1,
      status: '',
    };
    await operator.tell(vm.id, { state: 'crashed', pid: 0, lastExit });
    await waitFor(async () => (await intel.vm(vm.id)).status.state === 'crashed', {
      what: 'the exit is seen',
    });
    expect((await intel.vm(vm.id)).spec.desiredState).toBe('running');
  });

  it('changes by merge patch: labels merge, sizes wait for the next start, no start is caused', async () => {
    const { vm } = await intel.createVm('patched', { labels: { a: '1', b: '2' } });
    await intel.request('GET', `/v1/vms/${vm.id}/wait?for=ready&timeout=10s`);
    const { status, body, headers } = await intel.request<VmChangeView>(
      'PATCH',
      `/v1/vms/${vm.id}`,
      {
        labels: { a: null, c: '3' },
        memoryMiB: 1024,
        name: 'patched-2',
        restart: { policy: 'never' },
        nics: [{ portForwards: [{ guestPort: 22 }, { guestPort: 53, protocol: 'udp' }] }],
      },
      { headers: { 'content-type': 'application/merge-patch+json', 'if-match': '"g1"', prefer: 'wait=10' } },
    );
    expect([status, headers.get('etag')]).toEqual([202, '"g2"']);
    expect(body.vm).toMatchObject({
      name: 'patched-2',
      labels: { b: '2', c: '3' },
      spec: { memoryMiB: 1024, restart: { policy: 'never', maxRetries: 5 } },
    });
    expect(body.vm?.status.portForwards.map((it) => [it.guestPort, it.protocol])).toEqual([
      [22, 'tcp'],
      [53, 'udp'],
    ]);
    const last = operator.desired.filter((it) => it.vmId === vm.id).at(-1);
    expect(last).toMatchObject({ generation: 2, startGeneration: 1, machine: { memoryMib: 1024 } });
    await operator.tell(vm.id, { restartRequired: ['memoryMiB'] });
    await waitFor(
      async () =>
        (await intel.vm(vm.id)).status.conditions.some(
          (it) => it.type === 'RestartRequired' && it.status === 'true' && it.message.includes('memoryMiB'),
        ),
      { what: 'it says what waits for the next start' },
    );
    const kept = body.vm?.status.portForwards[0]?.hostPort;
    const less = await intel.request<VmChangeView>('PATCH', `/v1/vms/${vm.id}`, {
      nics: [{ portForwards: [{ guestPort: 22 }] }],
    });
    expect(less.body.vm?.status.portForwards.map((it) => it.hostPort)).toEqual([kept]);
  });

  it('is not changed by who has seen another version', async () => {
    const { vm } = await intel.createVm('versions');
    const stale = { headers: { 'if-match': '"g7"' } };
    for (const [method, body] of [
      ['PATCH', { labels: {} }],
      ['DELETE', undefined],
    ] as const) {
      const answer = await intel.request<{ code: string; detail: string }>(
        method,
        `/v1/vms/${vm.id}`,
        body,
        stale,
      );
      expect([answer.status, answer.body.code]).toEqual([412, 'precondition_failed']);
      expect(answer.body.detail).toContain('"g1"');
    }
  });

  it('is deleted to the end: the host confirms, the row goes, the name is free, the subject is purged', async () => {
    const { vm } = await intel.createVm('short-lived', {
      nics: [{ portForwards: [{ guestPort: 80, hostPort: 31100 }] }],
    });
    await intel.request('GET', `/v1/vms/${vm.id}/wait?for=ready&timeout=10s`);
    const taken = await intel.request<{ code: string }>('POST', '/v1/vms', {
      name: 'other',
      nics: [{ portForwards: [{ guestPort: 80, hostPort: 31100 }] }],
    });
    expect([taken.status, taken.body.code]).toEqual([409, 'port_in_use']);
    const { status, body } = await intel.request<VmChangeView>('DELETE', `/v1/vms/${vm.id}`, undefined, {
      headers: { prefer: 'wait=10' },
    });
    expect([status, body.operation.kind, body.operation.status]).toEqual([202, 'vm.delete', 'succeeded']);
    expect(body.vm).toBeUndefined();
    expect((await intel.request('GET', `/v1/vms/${vm.id}`)).status).toBe(404);
    await intel.createVm('short-lived', { nics: [{ portForwards: [{ guestPort: 80, hostPort: 31100 }] }] });
  });

  it('that is protected is not deleted', async () => {
    const { vm } = await intel.createVm('precious', { deletionProtection: true });
    const { status, body } = await intel.request<{ code: string }>('DELETE', `/v1/vms/${vm.id}`);
    expect([status, body.code]).toEqual([409, 'protected']);
    await intel.request('PATCH', `/v1/vms/${vm.id}`, { deletionProtection: false });
    const wait = { headers: { prefer: 'wait=10' } };
    expect((await intel.request('DELETE', `/v1/vms/${vm.id}`, undefined, wait)).status).toBe(202);
  });

  it('is listed by state, host, label and name, page by page', async () => {
    const list = async (query: string) => (await intel.request<VmListView>('GET', `/v1/vms?${query}`)).body;
    const names: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await list(`limit=3&sort=name${cursor ? `&cursor=${cursor}` : ''}`);
      names.push(...page.items.map((it) => it.name));
      cursor = page.nextCursor;
    } while (cursor);
    expect(names).toEqual([...names].sort());
    expect(new Set(names).size).toBe(names.length);
    expect((await list('label=tier=web')).items.map((it) => it.name)).toEqual(['first']);
    expect((await list('label=tier')).items.map((it) => it.name)).toEqual(['first']);
    expect((await list('name=first&host=host-1&project=default')).items).toHaveLength(1);
    expect((await list('state=crashed')).items.map((it) => it.name)).toEqual(['always-on']);
    expect((await list('host=nowhere')).items).toEqual([]);
    const newest = (await list('sort=-createdAt&limit=1')).items[0]?.name;
    expect(newest).toBe('short-lived');
  });
});

describe('the trash', () => {
  const wait = { headers: { prefer: 'wait=10' } };
  const remove = (id: string, query = '') =>
    intel.request<VmChangeView & ProblemView>('DELETE', `/v1/vms/${id}${query}`, undefined, wait);
  const listed = async (query: string) =>
    (await intel.request<VmListView>('GET', `/v1/vms?project=bin&${query}`)).body.items.map((it) => it.name);
  const sql = async (text: string, values: unknown[]) => {
    const client = new Client({ connectionString: intel.postgres.url });
    await client.connect();
    await client.query(text, values).finally(() => client.end());
  };
  /** As three replicas would at once. */
  const sweepAtOnce = () => {
    const sweep = intel.app.get(SweepTrash);
    return Promise.all([sweep.sweep(), sweep.sweep(), sweep.sweep()]);
  };
  const operationsOf = async (id: string, kind: string) =>
    (await intel.request<OperationListView>('GET', `/v1/operations?vm=${id}&kind=${kind}`)).body.items;
  const gone = (id: string) =>
    waitFor(async () => (await intel.request('GET', `/v1/vms/${id}`)).status === 404, { what: 'it is gone' });

  beforeAll(async () => {
    await intel.makeProjects('bin');
    const kept = await intel.request<ProjectView>('PATCH', '/v1/projects/bin', {
      trashRetentionSeconds: 3600,
    });
    expect(kept.body.trashRetentionSeconds).toBe(3600);
  });

  it('keeps a deleted VM with all it has, off and out of the way, until it is restored', async () => {
    const { vm } = await intel.createVm('kept', { project: 'bin', disks: [{ sizeGiB: 1 }] });
    await intel.request('GET', `/v1/vms/${vm.id}/wait?for=running&timeout=10s`);
    const { status, body } = await remove(vm.id);
    expect([status, body.operation.kind, body.operation.status]).toEqual([202, 'vm.trash', 'succeeded']);
    const { purgeAt = '', state } = body.vm?.status ?? {};
    expect(Date.parse(purgeAt)).toBeGreaterThan(Date.now() + 3_000_000);
    expect(state).toBe('stopped');
    expect(operator.desired.findLast((it) => it.vmId === vm.id)).toMatchObject({
      presence: 'present',
      power: 'stopped',
    });
    expect([await listed(''), await listed('trash=only'), await listed('trash=with')]).toEqual([
      [],
      ['kept'],
      ['kept'],
    ]);
    const usage = (await intel.request<QuotaView>('GET', '/v1/quotas/bin')).body.usage;
    expect(usage).toMatchObject({ vms: 1, diskGiB: 1 });
    for (const [method, path, change] of [
      ['POST', `/v1/vms/${vm.id}/start`, undefined],
      ['PATCH', `/v1/vms/${vm.id}`, { labels: { a: 'b' } }],
      ['POST', `/v1/vms/${vm.id}/snapshots`, { name: 'late' }],
    ] as const) {
      const refused = await intel.request<ProblemView>(method, path, change);
      expect([path, refused.body.code, refused.body.detail]).toEqual([
        path,
        'invalid_state',
        'The VM is in the trash.',
      ]);
    }
    expect((await remove(vm.id)).body.vm?.status.purgeAt).toBe(purgeAt);
    const restored = await verb(vm.id, 'restore');
    expect([restored.status, restored.body.operation.kind]).toEqual([202, 'vm.untrash']);
    expect(restored.body.vm?.status.purgeAt).toBeUndefined();
    expect((await verb(vm.id, 'start')).body.vm?.status.state).toBe('running');
    expect((await verb(vm.id, 'restore', undefined, {})).status).toBe(409);
    expect((await remove(vm.id, '?purge=true')).body.operation.kind).toBe('vm.delete');
    await gone(vm.id);
  });

  it('is emptied of each VM once, however many look, after the time that was asked for', async () => {
    const { vm } = await intel.createVm('binned', { desiredState: 'stopped' });
    expect((await remove(vm.id, '?purgeAt=2020-01-01T00:00:00Z')).body.errors?.[0]?.field).toBe('purgeAt');
    const until = new Date(Date.now() + 600_000).toISOString();
    expect((await remove(vm.id, `?purgeAt=${until}`)).body.vm?.status.purgeAt).toBe(until);
    await sweepAtOnce();
    expect(await operationsOf(vm.id, 'vm.delete')).toEqual([]);
    await sql(`UPDATE vms SET purge_at = now() - interval '1 minute' WHERE id = $1`, [vm.id]);
    await sweepAtOnce();
    await gone(vm.id);
    const [purge, ...others] = await operationsOf(vm.id, 'vm.delete');
    expect(purge).toMatchObject({ origin: 'system', reason: 'its time in the trash is over' });
    expect(others).toEqual([]);
  });

  it('takes what expires, unless it is protected, and says why', async () => {
    const past = await intel.request<ProblemView>('POST', '/v1/vms', {
      name: 'x',
      expiresAt: '2020-01-01T00:00:00Z',
    });
    expect(past.body.errors?.[0]?.field).toBe('expiresAt');
    const expiresAt = new Date(Date.now() + 600_000).toISOString();
    const { vm } = await intel.createVm('expires', { project: 'bin', desiredState: 'stopped', expiresAt });
    const { vm: safe } = await intel.createVm('expires-not', {
      desiredState: 'stopped',
      expiresAt,
      deletionProtection: true,
    });
    expect(vm.spec.expiresAt).toBe(expiresAt);
    const ids = [vm.id, safe.id];
    await sql(`UPDATE vms SET expires_at = now() - interval '1 minute' WHERE id = ANY($1)`, [ids]);
    await sweepAtOnce();
    const [operation, ...others] = await operationsOf(vm.id, 'vm.trash');
    expect(operation).toMatchObject({ origin: 'system', reason: 'expired' });
    expect(others).toEqual([]);
    expect((await intel.vm(vm.id)).status.purgeAt).toBeDefined();
    expect((await intel.vm(safe.id)).status.purgeAt).toBeUndefined();
    const event = await waitFor(
      async () => {
        const path = `/v1/events?type=vm.expired&resource=${vm.id}`;
        return (await intel.request<EventListView>('GET', path)).body.items[0];
      },
      { what: 'the event is numbered' },
    );
    expect(event).toMatchObject({ type: 'vm.expired', cause: 'system' });
    expect((await verb(vm.id, 'restore')).body.vm?.spec.expiresAt).toBeUndefined();
  });
});

describe('operations', () => {
  it('that are overtaken end superseded, with their successor', async () => {
    const { vm } = await intel.createVm('overtaken');
    await intel.request('GET', `/v1/vms/${vm.id}/wait?for=ready&timeout=10s`);
    operator.held = true;
    const shutdown = await verb(vm.id, 'shutdown', { timeoutSeconds: 300 }, {});
    expect(shutdown.body.operation).toMatchObject({ status: 'queued', mayCancel: true });
    expect(shutdown.body.vm?.status.state).toBe('stopping');
    const start = await verb(vm.id, 'start', undefined, {});
    expect(await intel.operation(shutdown.body.operation.id)).toMatchObject({
      status: 'cancelled',
      error: { code: 'superseded', successorId: start.body.operation.id },
    });
    const last = await waitFor(
      () => operator.desired.find((it) => it.vmId === vm.id && it.generation === 3),
      { what: 'the newest is heard' },
    );
    operator.held = false;
    await operator.carryOut(last);
    expect((await intel.operation(start.body.operation.id, '10s')).status).toBe('succeeded');
  });

  it('can be cancelled while the host has not taken them up', async () => {
    const { vm } = await intel.createVm('cancelled');
    await intel.request('GET', `/v1/vms/${vm.id}/wait?for=ready&timeout=10s`);
    operator.held = true;
    const shutdown = await verb(vm.id, 'shutdown', {}, {});
    const { id } = shutdown.body.operation;
    const cancelled = await intel.request<OperationView>('POST', `/v1/operations/${id}/cancel`);
    expect([cancelled.status, cancelled.body.status]).toEqual([200, 'cancelled']);
    expect((await intel.vm(vm.id)).spec.desiredState).toBe('running');
    const again = await intel.request<OperationView>('POST', `/v1/operations/${id}/cancel`);
    expect(again.body.status).toBe('cancelled');
    const back = await waitFor(
      () => operator.desired.find((it) => it.vmId === vm.id && it.generation === 3),
      { what: 'it is taken back' },
    );
    operator.held = false;
    await operator.carryOut(back);
    const created = (
      await intel.request<{ items: OperationView[] }>('GET', `/v1/operations?vm=${vm.id}&kind=vm.create`)
    ).body.items[0];
    const late = await intel.request<{ code: string }>('POST', `/v1/operations/${created?.id}/cancel`);
    expect(late.body).toMatchObject({ status: 'succeeded' });
    expect(operator.launches.filter((it) => it.vmId === vm.id)).toHaveLength(1);
  });

  it('of a repair say when it was noticed and why, and end when the host has repaired', async () => {
    const { vm } = await intel.createVm('repaired');
    await intel.request('GET', `/v1/vms/${vm.id}/wait?for=ready&timeout=10s`);
    const lastExit = {
      exitSeq: 1,
      reason: 'killed' as const,
      atMs: 5,
      startGeneration: 1,
      status: 'signal SIGKILL',
    };
    await operator.tell(vm.id, { state: 'crashed', pid: 0, lastExit });
    const repairId = await operator.repair({ vmId: vm.id, exitSeq: 1 });
    await operator.repair({ vmId: vm.id, exitSeq: 1, repairId });
    await waitFor(async () => (await intel.operation(repairId)).status === 'queued', {
      what: 'the operation is there',
    });
    await operator.tell(vm.id, { state: 'starting', repairedExitSeq: 1 });
    await operator.tell(vm.id, { state: 'running', pid: 77, repairedExitSeq: 1, restarts: 1 });
    expect(await intel.operation(repairId, '10s')).toMatchObject({
      kind: 'vm.repair',
      origin: 'observer',
      status: 'succeeded',
      reason: 'QEMU was killed',
      detectedAt: new Date(1_700_000_000_000).toISOString(),
    });
    const early = await operator.repair({ vmId: vm.id, exitSeq: 1 });
    await waitFor(async () => (await intel.operation(early)).status === 'succeeded', {
      what: 'a late word is closed at once',
    });
    expect((await intel.vm(vm.id)).status).toMatchObject({
      state: 'running',
      pid: 77,
      restart: { count: 1 },
    });
  });

  it('of a command fail with what the host says', async () => {
    const { vm } = await intel.createVm('reset-fails');
    await intel.request('GET', `/v1/vms/${vm.id}/wait?for=running&timeout=10s`);
    operator.held = true;
    const { body } = await verb(vm.id, 'reset', undefined, {});
    const command = await waitFor(() => operator.commands.find((it) => it.vmId === vm.id), {
      what: 'the command is heard',
    });
    operator.held = false;
    await operator.answer(command, 'running');
    await operator.answer(command, 'failed', { code: 'hypervisor_error', message: 'no' });
    expect(await intel.operation(body.operation.id, '10s')).toMatchObject({
      status: 'failed',
      attempt: 1,
      error: { code: 'hypervisor_error', message: 'no' },
    });
  });

  it('are listed newest first, by filters, page by page', async () => {
    const first = (
      await intel.request<{ items: OperationView[]; nextCursor: string }>(
        'GET',
        '/v1/operations?limit=5&status=succeeded',
      )
    ).body;
    expect(first.items).toHaveLength(5);
    const next = (
      await intel.request<{ items: OperationView[] }>(
        'GET',
        `/v1/operations?limit=5&status=succeeded&cursor=${first.nextCursor}`,
      )
    ).body;
    const times = [...first.items, ...next.items].map((it) => it.queuedAt);
    expect(times).toEqual([...times].sort().reverse());
    const ids = new Set([...first.items, ...next.items].map((it) => it.id));
    expect(ids.size).toBe(first.items.length + next.items.length);
    const repairs = (await intel.request<{ items: OperationView[] }>('GET', '/v1/operations?origin=observer'))
      .body.items;
    expect(repairs.every((it) => it.kind === 'vm.repair')).toBe(true);
  });
});

describe('what hosts say', () => {
  it('changes nothing when it comes twice, late or out of order', async () => {
    const { vm } = await intel.createVm('ordered');
    await intel.request('GET', `/v1/vms/${vm.id}/wait?for=ready&timeout=10s`);
    const old = operator.row(vm.id);
    const now = await operator.tell(vm.id, { state: 'paused' });
    await operator.publish({ ...old, state: 'crashed' });
    await operator.publish({ ...old, state: 'stopped', rev: { startCount: 0, sequence: 999_999 } });
    for (let times = 0; times < 5; times++) await operator.publish(now);
    const last = await operator.tell(vm.id, { state: 'running', pid: 5 });
    await waitFor(async () => (await intel.vm(vm.id)).status.pid === 5, { what: 'the newest is there' });
    await operator.publish(now);
    operator.beat([{ ...now, state: 'failed' }]);
    await operator.tell(vm.id, { pid: 6 });
    await waitFor(async () => (await intel.vm(vm.id)).status.pid === 6, {
      what: 'what came after it is there',
    });
    expect((await intel.vm(vm.id)).status.state).toBe('running');
    expect(last.state).toBe('running');
  });

  it('reaches intel by heartbeat when the event was lost', async () => {
    const { vm } = await intel.createVm('by-heartbeat');
    await intel.request('GET', `/v1/vms/${vm.id}/wait?for=ready&timeout=10s`);
    operator.beat([{ ...operator.row(vm.id), state: 'paused', rev: operator.nextRev() }]);
    await waitFor(async () => (await intel.vm(vm.id)).status.state === 'paused', {
      what: 'the row is applied',
    });
  });

  it('about a VM that is not placed there is ignored', async () => {
    const { vm } = await intel.createVm('not-yours');
    await intel.request('GET', `/v1/vms/${vm.id}/wait?for=ready&timeout=10s`);
    const stranger = await ScriptedOperator.start(intel.nats.url, 'stranger');
    try {
      stranger.memoryMib = 0;
      stranger.beat();
      await waitFor(async () => (await intel.request('GET', '/v1/hosts/stranger')).status === 200, {
        what: 'it is known',
      });
      await stranger.tell(vm.id, { state: 'crashed', pid: 0 });
      await stranger.repair({ vmId: vm.id });
      await operator.tell(vm.id, { pid: 9 });
      await waitFor(async () => (await intel.vm(vm.id)).status.pid === 9, { what: 'its own host is heard' });
      expect((await intel.vm(vm.id)).status.state).toBe('running');
    } finally {
      await stranger.stop();
    }
  });

  it('with a higher generation than the database makes intel write its own spec above it', async () => {
    const { vm } = await intel.createVm('from-backup');
    await intel.request('GET', `/v1/vms/${vm.id}/wait?for=ready&timeout=10s`);
    await operator.tell(vm.id, { acceptedGeneration: 41, observedGeneration: 41 });
    const seen = await waitFor(
      async () => {
        const now = await intel.vm(vm.id);
        return now.generation === 42 ? now : undefined;
      },
      { what: 'the spec is written anew' },
    );
    expect(seen.spec.desiredState).toBe('running');
    expect(operator.launches.filter((it) => it.vmId === vm.id)).toHaveLength(1);
  });
});

describe('many at once', () => {
  it('50 creates with port forwards never share a port', async () => {
    const made = await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        intel.createVm(`many-${n}`, {
          memoryMiB: 16,
          nics: [{ portForwards: [{ guestPort: 80 }, { guestPort: 22 }] }],
        }),
      ),
    );
    const ports = made.flatMap((it) => it.vm.status.portForwards.map((forward) => forward.hostPort));
    expect(ports).toHaveLength(100);
    expect(new Set(ports).size).toBe(100);
    expect(ports.every((port) => port >= 30_000 && port <= 30_199)).toBe(true);
  }, 60_000);

  it('a range that is used up is said so, and nothing is left behind', async () => {
    const wanted = {
      name: 'too-many',
      memoryMiB: 16,
      nics: [{ portForwards: Array.from({ length: 60 }, () => ({ guestPort: 1 })) }],
    };
    expect((await intel.request('POST', '/v1/vms', { ...wanted, name: 'most' })).status).toBe(201);
    const { status, body } = await intel.request<{ code: string }>('POST', '/v1/vms', wanted);
    expect([status, body.code]).toEqual([507, 'port_exhausted']);
    expect((await intel.request('GET', '/v1/vms/too-many')).status).toBe(404);
  });

  it('a VM that no host can take is refused with the numbers', async () => {
    const { status, body } = await intel.request<{ code: string; detail: string }>('POST', '/v1/vms', {
      name: 'giant',
      memoryMiB: 4_000_000,
    });
    expect([status, body.code]).toEqual([507, 'placement_failed']);
    expect(body.detail).toMatch(/host-1: 4000000 MiB asked, \d+ MiB free of 8192 MiB/);
  });
});
