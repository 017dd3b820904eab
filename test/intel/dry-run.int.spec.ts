/** Changes that are only tried: all that is checked in earnest is checked, and nothing is written. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { parse } from 'yaml';
import { planReplyCodec, planRequestCodec, subjects } from '#libs/contracts';
import type {
  DryRunView,
  HostView,
  NewTokenView,
  ProblemView,
  VmChangeView,
  VmListView,
} from '#libs/contracts/http';
import { waitFor } from '#libs/testing';
import { IntelUnderTest } from './intel-under-test.js';
import { ScriptedOperator } from './scripted-operator.js';

interface Described {
  paths: Record<string, Record<string, { 'x-dry-run'?: boolean; requestBody?: unknown }>>;
}

const DESCRIPTION: Described = parse(
  readFileSync(join(import.meta.dirname, '..', '..', 'openapi', 'intel.yaml'), 'utf8'),
);
let intel: IntelUnderTest;
let operator: ScriptedOperator;
let database: pg.Client;

beforeAll(async () => {
  intel = await IntelUnderTest.start();
  database = new pg.Client({ connectionString: intel.postgres.url });
  await database.connect();
  operator = await ScriptedOperator.start(intel.nats.url);
  const size = { capacityBytes: 2 ** 40, freeBytes: 2 ** 39 };
  const local = {
    poolId: randomUUID(),
    name: 'local',
    kind: 'dir',
    available: true,
    reason: '',
    ...size,
  } as const;
  operator.facts = { pools: [local] };
  operator.startBeating();
  operator.bus.listen(subjects.hostRpc(operator.hostId, 'plan'), undefined, (raw) => {
    const { desired } = planRequestCodec.decode(raw.data);
    const { memoryMib } = desired.machine;
    const reply = { steps: ['launch'], qemuArguments: ['-name', desired.name, '-m', `${memoryMib}`] };
    raw.respond(planReplyCodec.encode({ ...reply, errorCode: '', errorMessage: '' }));
  });
  await waitFor(async () => (await rowCounts()).host_pools === 1, {
    what: 'the host and its pool are there',
  });
}, 60_000);

afterAll(async () => {
  await database?.end();
  await operator?.stop();
  await intel?.end();
}, 60_000);

/** How many rows each table has, but for what is told of hosts that fall silent meanwhile. */
async function rowCounts(): Promise<Record<string, number>> {
  const { rows } = await database.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1`,
  );
  const counts: Record<string, number> = {};
  for (const { name } of rows) {
    const which = name === 'facts' ? "WHERE type <> 'host.state'" : '';
    const { rows: counted } = await database.query<{ n: string }>(
      `SELECT count(*) AS n FROM "${name}" ${which}`,
    );
    counts[name] = Number(counted[0]?.n);
  }
  return counts;
}

const reserved = async () =>
  (await intel.request<HostView>('GET', '/v1/hosts/host-1')).body.reservedMemoryMiB;

async function tried(method: string, path: string, body?: object, headers = {}): Promise<DryRunView> {
  const answer = await intel.request<DryRunView>(method, `${path}?dryRun=true`, body, { headers });
  const problem = answer.body as Partial<ProblemView>;
  expect([answer.status, answer.headers.get('content-type'), problem.detail]).toEqual([
    200,
    'application/vnd.vman.dry-run+json; charset=utf-8',
    undefined,
  ]);
  return answer.body;
}

describe('a VM that is only tried', () => {
  const body = {
    name: 'maybe',
    memoryMiB: 128,
    disks: [{ sizeGiB: 1 }],
    nics: [{ portForwards: [{ guestPort: 22 }] }],
  };

  it('has a host, addresses, ports and the arguments of its QEMU, and leaves no row', async () => {
    const [counts, memory] = [await rowCounts(), await reserved()];
    const view = await tried('POST', '/v1/vms', body, { 'idempotency-key': 'try', prefer: 'wait=30' });
    expect(view.answer).toMatchObject({
      status: 201,
      body: { vm: { name: 'maybe', status: { host: { name: 'host-1' } } }, operation: { kind: 'vm.create' } },
    });
    expect(JSON.stringify(view.answer.body)).toContain('"hostPort":30');
    expect(view.placement).toMatchObject([{ host: 'host-1', verdict: 'chosen' }]);
    expect(view.plans).toEqual([
      {
        vm: { id: expect.any(String), name: 'maybe' },
        host: { id: operator.hostId, name: 'host-1' },
        steps: ['launch'],
        qemuArguments: ['-name', 'maybe', '-m', '128'],
      },
    ]);
    expect(await rowCounts()).toEqual(counts);
    expect(await reserved()).toBe(memory);
    expect((await intel.request<VmListView>('GET', '/v1/vms')).body.items).toEqual([]);
    expect(operator.launches).toEqual([]);
  });

  it('can be made with the same key afterwards', async () => {
    const headers = { 'idempotency-key': 'try' };
    const made = await intel.request<VmChangeView>('POST', '/v1/vms', body, { headers });
    expect(made.status).toBe(201);
    // What its host tells of it would add rows to the feed.
    await intel.operation(made.body.operation.id, '20s');
  });

  it('is refused as it would be in earnest: fields, names, room', async () => {
    const counts = await rowCounts();
    const refused = async (more: object) =>
      (await intel.request<ProblemView>('POST', '/v1/vms?dryRun=true', { ...body, ...more })).body.code;
    expect(await refused({ vcpus: 0 })).toBe('invalid_input');
    expect(await refused({})).toBe('already_exists');
    expect(await refused({ name: 'giant', memoryMiB: 4_000_000 })).toBe('placement_failed');
    expect(await rowCounts()).toEqual(counts);
  });

  it('is refused over its quota', async () => {
    await intel.request('PATCH', '/v1/quotas/default', { vms: 1 });
    const { body: problem } = await intel.request<ProblemView>('POST', '/v1/vms?dryRun=true', {
      ...body,
      name: 'one-more',
    });
    expect(problem.code).toBe('quota_exceeded');
    await intel.request('PATCH', '/v1/quotas/default', { vms: 1000 });
  });
});

describe('any other change that is only tried', () => {
  it('leaves no row, and says what it would be answered', async () => {
    const { vm, operation } = await intel.createVm('real');
    await intel.operation(operation.id, '20s');
    const network = { name: 'lan', kind: 'bridge', bridge: 'br0', cidr: '10.9.0.0/24' };
    const token = { name: 'once', role: 'viewer' };
    const { body: made } = await intel.request<NewTokenView>('POST', '/v1/tokens', token);
    const counts = await rowCounts();
    const statuses = {
      patch: (await tried('PATCH', '/v1/vms/real', { memoryMiB: 96 })).answer.status,
      stop: (await tried('POST', '/v1/vms/real/stop')).answer.status,
      addNic: (await tried('POST', '/v1/vms/real/nics', {})).answer.status,
      remove: (await tried('DELETE', '/v1/vms/real')).answer.status,
      disk: (await tried('POST', '/v1/disks', { name: 'spare', sizeGiB: 1 })).answer.status,
      network: (await tried('POST', '/v1/networks', network)).answer.status,
      token: (await tried('POST', '/v1/tokens', { ...token, name: 'twice' })).answer.status,
      revoke: (await tried('DELETE', `/v1/tokens/${made.id}`)).answer.status,
      host: (await tried('PATCH', '/v1/hosts/host-1', { labels: { zone: 'a' } })).answer.status,
      project: (await tried('POST', '/v1/projects', { name: 'team' })).answer.status,
    };
    expect(statuses).toEqual({
      ...{ patch: 202, stop: 202, addNic: 202, remove: 202, disk: 201, network: 201, token: 201 },
      ...{ revoke: 204, host: 200, project: 201 },
    });
    expect(await rowCounts()).toEqual(counts);
    expect((await intel.vm(vm.id)).generation).toBe(vm.generation);
  });

  it('shows the plan of a host that does not answer as an error of it', async () => {
    const absent = await ScriptedOperator.start(intel.nats.url, 'host-2');
    absent.memoryMib = 1_000_000;
    absent.beat();
    await waitFor(async () => (await intel.request('GET', '/v1/hosts/host-2')).status === 200, {
      what: 'the other host is there',
    });
    const view = await tried('POST', '/v1/vms', { name: 'far', memoryMiB: 100_000 });
    expect(view.plans).toMatchObject([
      { host: { name: 'host-2' }, steps: [], error: { code: 'host_unreachable' } },
    ]);
    await absent.stop();
  });
});

describe('every route that changes something', () => {
  const routes = Object.entries(DESCRIPTION.paths).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(([method]) => method !== 'get')
      .map(([method, operation]) => ({ route: `${method.toUpperCase()} ${path}`, method, path, operation })),
  );

  it('can be tried, or refuses to be before it looks at anything', async () => {
    const counts = await rowCounts();
    const closed: string[] = [];
    for (const { route, method, path, operation } of routes) {
      if (operation['x-dry-run']) continue;
      const at = path.replace(/\{\w+\}/g, 'nowhere');
      const { status, body } = await intel.request<ProblemView>(method.toUpperCase(), `${at}?dryRun=true`);
      expect([route, status, body.code]).toEqual([route, 400, 'unsupported']);
      closed.push(route);
    }
    expect(closed).toContain('POST /v1/vms/{id}/guest/exec');
    expect(closed.length).toBeLessThan(routes.length / 3);
    expect(await rowCounts()).toEqual(counts);
  });

  it.each(['cordon', 'uncordon', 'drain', 'maintenance'])(
    '%s of a host is tried, and leaves it as it is',
    async (verb) => {
      const counts = await rowCounts();
      const before = (await intel.request<HostView>('GET', '/v1/hosts/host-1')).body.upkeep;
      const { answer } = await tried(
        'POST',
        `/v1/hosts/host-1/${verb}`,
        verb === 'maintenance' ? { force: true } : undefined,
      );
      expect(answer.status).toBe(verb === 'drain' ? 202 : 200);
      expect((await intel.request<HostView>('GET', '/v1/hosts/host-1')).body.upkeep).toBe(before);
      expect(await rowCounts()).toEqual(counts);
    },
  );

  it('says so when dryRun is neither true nor false', async () => {
    const { status, body } = await intel.request<ProblemView>('POST', '/v1/vms?dryRun=yes', { name: 'x' });
    expect([status, body.errors?.[0]?.field]).toEqual([400, 'dryRun']);
  });
});
