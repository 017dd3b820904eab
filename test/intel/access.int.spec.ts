/** Projects, quotas, tokens and the audit, as their users see them. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type {
  AuditListView,
  AuditView,
  NewTokenView,
  ProblemView,
  ProjectListView,
  ProjectView,
  QuotaView,
  TemplateView,
  TokenListView,
  TokenView,
  VmChangeView,
} from '#libs/contracts/http';
import { waitFor } from '#libs/testing';
import { IntelUnderTest } from './intel-under-test.js';
import { ScriptedOperator } from './scripted-operator.js';

let intel: IntelUnderTest;
let operator: ScriptedOperator;

beforeAll(async () => {
  intel = await IntelUnderTest.start();
  operator = await ScriptedOperator.start(intel.nats.url);
  operator.startBeating();
  await waitFor(async () => (await intel.request('GET', '/v1/hosts/host-1')).status === 200, {
    what: 'a host is there',
  });
}, 60_000);

afterAll(async () => {
  await operator?.stop();
  await intel?.end();
});

const api = async <T>(method: string, path: string, body?: unknown, options = {}) =>
  intel.request<T>(method, path, body, options);
const refusal = async (method: string, path: string, body?: unknown, options = {}) => {
  const answer = await intel.request<ProblemView>(method, path, body, options);
  return { code: answer.body?.code, detail: answer.body?.detail, fields: answer.body?.errors };
};
const tokenOf = async (name: string, role: string, project?: string) =>
  (await api<NewTokenView>('POST', '/v1/tokens', { name, role, project })).body.token;
const quotaOf = async (project: string) => (await api<QuotaView>('GET', `/v1/quotas/${project}`)).body;
const gone = (name: string) =>
  waitFor(async () => (await api('GET', `/v1/vms/${name}`)).status === 404, { what: `${name} is gone` });

describe('a project', () => {
  it('is made, described, found by name and deleted', async () => {
    const made = await api<ProjectView>('POST', '/v1/projects', { name: 'shop', labels: { team: 'web' } });
    expect([made.status, made.headers.get('etag'), made.headers.get('location')]).toEqual([
      201,
      '"g1"',
      `/v1/projects/${made.body.id}`,
    ]);
    expect((await refusal('POST', '/v1/projects', { name: 'shop' })).code).toBe('already_exists');
    expect((await refusal('POST', '/v1/projects', { name: 'Not Valid' })).fields?.[0]?.field).toBe('name');
    const patch = { description: 'sells', labels: { team: null, tier: 'a' } };
    const seen = { headers: { 'if-match': '"g1"' } };
    const patched = await api<ProjectView>('PATCH', '/v1/projects/shop', patch, seen);
    expect(patched.body).toMatchObject({ description: 'sells', labels: { tier: 'a' }, generation: 2 });
    expect((await refusal('PATCH', '/v1/projects/shop', {}, seen)).code).toBe('precondition_failed');
    const listed = (await api<ProjectListView>('GET', '/v1/projects?label=tier=a')).body.items;
    expect(listed.map((it) => it.name)).toEqual(['shop']);
    expect((await refusal('DELETE', '/v1/projects/default')).code).toBe('protected');
    expect((await api('DELETE', '/v1/projects/shop')).status).toBe(204);
    expect((await refusal('GET', '/v1/projects/shop')).code).toBe('not_found');
  });

  it('that is not there takes nothing, and one that is used is not deleted', async () => {
    const absent = await refusal('POST', '/v1/vms', { name: 'x', memoryMiB: 64, project: 'absent' });
    expect(absent.fields).toEqual([
      { field: 'project', code: 'unknown', message: 'there is no such project' },
    ]);
    await intel.makeProjects('used');
    const { vm } = await intel.createVm('keeps-it', { project: 'used', disks: [{ sizeGiB: 1 }] });
    await tokenOf('of-used', 'viewer', 'used');
    expect(await refusal('DELETE', '/v1/projects/used')).toMatchObject({
      code: 'resource_in_use',
      detail: 'The project used still has 1 VMs, 1 disks, 1 tokens.',
    });
    await intel.request('DELETE', `/v1/vms/${vm.id}`);
    await gone(vm.id);
    const { items } = (await api<TokenListView>('GET', '/v1/tokens?project=used')).body;
    await api('DELETE', `/v1/tokens/${items[0]?.id}`);
    expect((await api('DELETE', '/v1/projects/used')).status).toBe(204);
  });

  it('has names of its own: of VMs, networks, templates and tokens', async () => {
    await intel.makeProjects('left', 'right');
    const source = { type: 'upload' };
    for (const project of ['left', 'right']) {
      await intel.createVm('same', { project });
      const network = { name: 'same', kind: 'bridge', bridge: 'br0', project };
      expect((await api('POST', '/v1/networks', network)).status).toBe(201);
      const template = { name: 'same', format: 'raw', source, project };
      expect((await api('POST', '/v1/templates', template)).status).toBe(201);
      expect(await tokenOf('same', 'admin', project)).toMatch(/^vman_/);
    }
    const token = await tokenOf('left-2', 'admin', 'left');
    const template = await api<TemplateView>('GET', '/v1/templates/same', undefined, { token });
    expect(template.body.project).toBe('left');
    const right = (await api<{ items: TemplateView[] }>('GET', '/v1/templates?project=right')).body.items;
    const foreign = await refusal('GET', `/v1/templates/${right[0]?.id}`, undefined, { token });
    expect(foreign.code).toBe('not_found');
    const made = await api<VmChangeView>('POST', '/v1/vms', { name: 'x', template: right[0]?.id }, { token });
    expect(made.status).toBe(400);
    expect((await refusal('DELETE', '/v1/templates/same')).code).toBe('not_found');
  });

  it('is all that a token of it sees, and the fleet is not its to change', async () => {
    await intel.makeProjects('inside');
    const token = await tokenOf('insider', 'admin', 'inside');
    const seen = await api<ProjectListView>('GET', '/v1/projects', undefined, { token });
    expect(seen.body.items.map((it) => it.name)).toEqual(['inside']);
    expect((await refusal('GET', '/v1/projects/default', undefined, { token })).code).toBe('not_found');
    expect((await refusal('GET', '/v1/quotas/default', undefined, { token })).code).toBe('not_found');
    for (const [method, path, body] of [
      ['POST', '/v1/projects', { name: 'more' }],
      ['PATCH', '/v1/quotas/inside', { vms: null }],
      ['POST', '/v1/hosts/host-1/cordon', undefined],
      ['PATCH', '/v1/pools/local', {}],
    ] as const) {
      const { code, detail } = await refusal(method, path, body, { token });
      expect([path, code, detail]).toEqual([
        path,
        'forbidden',
        'This concerns all projects, and the token is bound to one.',
      ]);
    }
  });
});

describe('a quota', () => {
  it('stops what is beyond it with its figures, and what is used is given back', async () => {
    await intel.makeProjects('tight');
    const limits = { vms: 2, vcpus: 3, memoryMiB: 256, diskGiB: 10, addresses: 0, snapshots: 1 };
    const set = await api<QuotaView>('PATCH', '/v1/quotas/tight', limits, {
      headers: { 'if-match': '"g1"' },
    });
    expect(set.body).toMatchObject({
      project: 'tight',
      limits,
      generation: 2,
      usage: { vms: 0, diskGiB: 0 },
    });
    const make = (name: string, more: object = {}) =>
      refusal('POST', '/v1/vms', { name, project: 'tight', memoryMiB: 64, ...more });
    expect(await make('a', { memoryMiB: 257 })).toMatchObject({
      code: 'quota_exceeded',
      detail:
        'The quota of the project tight is not enough: 0 of 256 MiB of memory are used, and this takes 257 more.',
    });
    expect((await make('a', { vcpus: 4 })).detail).toContain('0 of 3 CPUs');
    const disks = [{ sizeGiB: 6 }, { sizeGiB: 5 }];
    expect((await make('a', { disks })).detail).toContain('of 10 GiB of disks');
    expect((await quotaOf('tight')).usage).toEqual({
      vms: 0,
      vcpus: 0,
      memoryMiB: 0,
      diskGiB: 0,
      addresses: 0,
      snapshots: 0,
    });
    await intel.createVm('a', { project: 'tight', vcpus: 2, disks: [{ sizeGiB: 6 }] });
    expect((await refusal('PATCH', '/v1/vms/a', { memoryMiB: 300 })).code).toBe('quota_exceeded');
    expect((await refusal('PATCH', '/v1/vms/a', { vcpus: 1 })).code).toBeUndefined();
    expect((await quotaOf('tight')).usage).toMatchObject({ vms: 1, vcpus: 1, memoryMiB: 64, diskGiB: 6 });
    await intel.createVm('b', { project: 'tight' });
    expect((await make('c')).detail).toContain('2 of 2 VMs are used, and this takes 1 more');
    await api('PATCH', '/v1/quotas/tight', { vms: null });
    await intel.createVm('c', { project: 'tight' });
    await api('PATCH', '/v1/quotas/tight', { vms: 1 });
    for (const name of ['a', 'b', 'c']) await api('DELETE', `/v1/vms/${name}`);
    for (const name of ['a', 'b', 'c']) await gone(name);
    expect((await quotaOf('tight')).usage).toMatchObject({ vms: 0, vcpus: 0, memoryMiB: 0, diskGiB: 0 });
  });

  it('is never passed by many who come at once', async () => {
    await intel.makeProjects('crowd');
    await api('PATCH', '/v1/quotas/crowd', { vms: 3 });
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        api<ProblemView>('POST', '/v1/vms', { name: `n${index}`, project: 'crowd', memoryMiB: 16 }),
      ),
    );
    expect(answers.filter((it) => it.status === 201)).toHaveLength(3);
    const codes = new Set(answers.filter((it) => it.status !== 201).map((it) => it.body.code));
    expect([...codes]).toEqual(['quota_exceeded']);
    expect((await quotaOf('crowd')).usage.vms).toBe(3);
  });
});

describe('the audit', () => {
  const audit = async (query: string, options = {}) =>
    (await api<AuditListView>('GET', `/v1/audit?${query}`, undefined, options)).body.items;

  it('says who did what, from where, and how it ended; refusals too', async () => {
    await intel.makeProjects('told');
    const token = await tokenOf('teller', 'operator', 'told');
    const tellerId = (await api<TokenListView>('GET', '/v1/tokens?name=teller')).body.items[0]?.id;
    const made = await api<VmChangeView>('POST', '/v1/vms', { name: 'told', memoryMiB: 64 }, { token });
    const id = made.body.vm?.id;
    await intel.operation(made.body.operation.id, '10s');
    await refusal('POST', '/v1/vms', { name: 'told', memoryMiB: 64 }, { token });
    await refusal('DELETE', '/v1/templates/same', undefined, { token });
    const rows = await audit('actor=teller');
    expect(rows).toMatchObject([
      { verb: 'template.delete', outcome: 'refused', code: 'forbidden', resource: { kind: 'template' } },
      { verb: 'vm.create', outcome: 'refused', code: 'already_exists' },
      {
        verb: 'vm.create',
        outcome: 'succeeded',
        authenticatedBy: 'token',
        tokenId: tellerId,
        address: '127.0.0.1',
        project: 'told',
        resource: { kind: 'vm', id },
        operationId: made.body.operation.id,
        requestId: made.headers.get('x-request-id'),
      },
    ]);
    expect(await audit('verb=project.*&project=told')).toMatchObject([{ verb: 'project.create' }]);
    expect(await audit(`resource=${id}&outcome=succeeded`)).toHaveLength(1);
    expect(await audit('since=2999-01-01T00:00:00Z')).toEqual([]);
    expect((await refusal('GET', '/v1/audit?verb=;', undefined)).code).toBe('invalid_input');
    const bound = await tokenOf('told-admin', 'admin', 'told');
    const own = await audit('limit=1000', { token: bound });
    expect(new Set(own.map((it) => it.project))).toEqual(new Set(['told']));
    expect((await refusal('GET', '/v1/audit', undefined, { token })).code).toBe('forbidden');
  });

  it('is read page by page, and whole as one line a row', async () => {
    const paged: AuditView[] = [];
    for (let cursor = ''; ; ) {
      const { body } = await api<AuditListView>('GET', `/v1/audit?limit=7${cursor && `&cursor=${cursor}`}`);
      paged.push(...body.items);
      if (!body.nextCursor) break;
      cursor = body.nextCursor;
    }
    const exported = await api<string>('GET', '/v1/audit/export');
    expect(exported.headers.get('content-type')).toContain('application/x-ndjson');
    const lines: AuditView[] = exported.body
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map((it) => it.id)).toEqual(paged.map((it) => it.id));
    expect(lines.length).toBeGreaterThan(20);
  });
});

describe('a token', () => {
  it('tells when it was used last', async () => {
    const { body } = await api<NewTokenView>('POST', '/v1/tokens', { name: 'used-once', role: 'viewer' });
    const before = (await api<TokenView>('GET', `/v1/tokens/${body.id}`)).body;
    expect([before.lastUsedAt, 'token' in before]).toEqual([undefined, false]);
    await api('GET', '/v1/vms', undefined, { token: body.token });
    const after = (await api<TokenView>('GET', `/v1/tokens/${body.id}`)).body;
    expect(Math.abs(Date.parse(after.lastUsedAt ?? '') - Date.now())).toBeLessThan(60_000);
  });
});

describe('a rate limit', () => {
  it('holds each token back for itself, and those without a good one by their address', async () => {
    const calm = await tokenOf('calm', 'viewer');
    await intel.down();
    await intel.up({ VMAN_RATE_LIMIT: '30' });
    const ask = (token: string) => intel.request<ProblemView>('GET', '/v1/projects', undefined, { token });
    const answers = await Promise.all(Array.from({ length: 35 }, () => ask(intel.token)));
    const refused = answers.filter((it) => it.status === 429);
    expect([refused.length, answers.filter((it) => it.status === 200).length]).toEqual([5, 30]);
    expect(refused[0]?.body.code).toBe('rate_limited');
    const headers = refused[0]?.headers ?? new Headers();
    expect(headers.get('ratelimit-limit')).toBe('30');
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(10);
    expect((await ask(calm)).status).toBe(200);
    const strangers = await Promise.all(Array.from({ length: 5 }, (_, at) => ask(`vman_guess-${at}`)));
    expect(strangers.map((it) => it.status).sort()).toEqual([401, 401, 401, 429, 429]);
  });
});
