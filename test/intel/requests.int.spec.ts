import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type {
  HostView,
  NewTokenView,
  OperationView,
  ProblemView,
  TokenListView,
  VmChangeView,
} from '#libs/contracts/http';
import { ERROR_CODES } from '#libs/errors';
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

const problem = async (method: string, path: string, body?: unknown, options = {}) => {
  const answer = await intel.request<ProblemView>(method, path, body, options);
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
  const info = ERROR_CODES[answer.body.code as keyof typeof ERROR_CODES];
  expect(answer.body).toMatchObject({
    type: `urn:vman:error:${answer.body.code}`,
    title: info.title,
    status: answer.status,
    retryable: info.retryable,
    hint: expect.any(String),
    requestId: answer.headers.get('x-request-id'),
  });
  expect(answer.status).toBe(info.status);
  return answer.body;
};

describe('a bad request', () => {
  it('is answered with all faulty fields at once, by their paths', async () => {
    const { code, errors } = await problem('POST', '/v1/vms', {
      name: 'Not Valid',
      vcpus: 0,
      memoryMiB: 'much',
      template: '',
      nics: [
        { portForwards: [{ guestPort: 80 }, { guestPort: 70_000, protocol: 'sctp', hostAddress: 'here' }] },
      ],
      disks: [{ sizeGiB: 1.5 }],
      restart: { policy: 'sometimes', maxRetries: -1 },
      desiredState: 'paused',
      labels: { ' ': 'x' },
      host: 'h1',
      deletionProtection: 'yes',
    });
    expect(code).toBe('invalid_input');
    const fields = new Set(errors?.map((it) => it.field));
    expect([...fields].sort()).toEqual(
      [
        'deletionProtection',
        'desiredState',
        'disks[0].sizeGiB',
        'host',
        'labels',
        'memoryMiB',
        'name',
        'nics[0].portForwards[1].guestPort',
        'nics[0].portForwards[1].hostAddress',
        'nics[0].portForwards[1].protocol',
        'restart.maxRetries',
        'restart.policy',
        'template',
        'vcpus',
      ].sort(),
    );
    expect(errors?.find((it) => it.field === 'host')).toEqual({
      field: 'host',
      code: 'unknown',
      message: 'is not a known field',
    });
  });

  it('with a body that is no JSON, no object, too large or of another type is named as such', async () => {
    expect((await problem('POST', '/v1/vms', '{"name":')).code).toBe('invalid_json');
    expect((await problem('POST', '/v1/vms', '{"__proto__": {"x": 1}}')).code).toBe('invalid_json');
    expect((await problem('POST', '/v1/vms', '[]')).code).toBe('invalid_input');
    expect((await problem('POST', '/v1/vms', '"x"')).code).toBe('invalid_input');
    expect((await problem('POST', '/v1/vms', 'x'.repeat(1024 * 1024 + 1))).code).toBe('payload_too_large');
    const xml = { headers: { 'content-type': 'text/xml' } };
    expect((await problem('POST', '/v1/vms', '<vm/>', xml)).code).toBe('unsupported_media_type');
    const form = { headers: { 'content-type': 'application/x-www-form-urlencoded' } };
    expect((await problem('POST', '/v1/vms', 'name=x', form)).code).toBe('unsupported_media_type');
    const deep = `{"name":"x","labels":${'['.repeat(50_000)}${']'.repeat(50_000)}}`;
    expect((await problem('POST', '/v1/vms', deep)).errors?.[0]?.code).toBe('depth');
    const nul = { name: 'nul', memoryMiB: 64, labels: { a: '\u0000' } };
    expect((await problem('POST', '/v1/vms', nul)).code).toBe('invalid_input');
  });

  it('for what is not there gets 404, whether route, VM, operation, host or template', async () => {
    for (const path of [
      '/v1/nothing',
      '/v1/vms/absent',
      '/v1/vms/018f0000-0000-7000-8000-000000000000',
      '/v1/operations/x',
      '/v1/hosts/absent',
      '/v1/hosts/018f0000-0000-7000-8000-000000000000',
      '/v1/templates/absent',
      '/v1/vms/%00',
      '/docs/%00',
      '/docs/%2e%2e/package.json',
      '/docs/..%5c..%5cpackage.json',
    ]) {
      expect([path, (await problem('GET', path)).code]).toEqual([path, 'not_found']);
    }
    expect((await problem('POST', '/v1/vms/absent/start')).code).toBe('not_found');
  });

  it('with a query that is not valid is refused', async () => {
    for (const query of [
      'limit=0',
      'limit=1001',
      'cursor=x',
      'state=happy',
      'sort=vcpus',
      'color=red',
      'label=%00',
    ]) {
      expect([query, (await problem('GET', `/v1/vms?${query}`)).code]).toEqual([query, 'invalid_input']);
    }
    expect((await problem('GET', '/v1/operations?vm=x')).errors?.[0]?.field).toBe('vm');
  });

  it('for a name that is taken, a template or a project that is not there is refused', async () => {
    await intel.createVm('taken');
    expect((await problem('POST', '/v1/vms', { name: 'taken', memoryMiB: 64 })).code).toBe('already_exists');
    const absent = await problem('POST', '/v1/vms', { name: 'x', template: 'absent' });
    expect(absent.errors).toEqual([
      { field: 'template', code: 'unknown', message: 'there is no such template' },
    ]);
    const empty = await problem('POST', '/v1/vms', { name: 'x', memoryMiB: 64, disks: [{}] });
    expect(empty.errors?.[0]?.field).toBe('disks[0].sizeGiB');
    const nics = await problem('PATCH', '/v1/vms/taken', { nics: [] });
    expect(nics.errors?.[0]?.field).toBe('nics');
  });

  it('leaves nothing of the inside in the answer when the fault is ours', async () => {
    const read = intel.database.read.bind(intel.database);
    intel.database.read = async () => {
      throw new Error('SELECT secret FROM /etc/passwd');
    };
    try {
      const answer = await intel.request<ProblemView>('GET', '/v1/hosts');
      expect([answer.status, answer.body.code]).toEqual([500, 'internal']);
      expect(JSON.stringify(answer.body)).not.toMatch(/SELECT|passwd|secret/);
      expect(answer.body.requestId).toBe(answer.headers.get('x-request-id'));
    } finally {
      intel.database.read = read;
    }
  });
});

describe('tokens', () => {
  const make = async (role: string, project?: string) =>
    (
      await intel.request<NewTokenView>('POST', '/v1/tokens', {
        name: `${role}-${project ?? 'all'}`,
        role,
        project,
      })
    ).body;

  it('open what their role allows and nothing else', async () => {
    const viewer = (await make('viewer')).token;
    const person = (await make('operator')).token;
    expect((await intel.request('GET', '/v1/vms', undefined, { token: viewer })).status).toBe(200);
    const refused = await problem('POST', '/v1/vms', { name: 'x' }, { token: viewer });
    expect(refused).toMatchObject({ code: 'forbidden', detail: expect.stringContaining('operator') });
    expect((await intel.request('POST', '/v1/vms/taken/start', {}, { token: person })).status).toBe(202);
    expect((await problem('GET', '/v1/tokens', undefined, { token: person })).code).toBe('forbidden');
    for (const token of ['', 'vman_wrong', 'x y']) {
      const answer = await intel.request('GET', '/v1/vms', undefined, { token });
      expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    }
  });

  it('bound to a project see only that; what is foreign is like what is absent', async () => {
    await intel.makeProjects('blue', 'red');
    const blue = (await make('admin', 'blue')).token;
    const { vm, operation } = await intel.createVm('red-one', { project: 'red' });
    for (const path of [`/v1/vms/${vm.id}`, '/v1/vms/red-one', `/v1/operations/${operation.id}`]) {
      expect((await intel.request('GET', path, undefined, { token: blue })).status).toBe(404);
    }
    expect(
      (await intel.request<{ items: [] }>('GET', '/v1/vms', undefined, { token: blue })).body.items,
    ).toEqual([]);
    const made = await intel.request<VmChangeView>(
      'POST',
      '/v1/vms',
      { name: 'red-one', memoryMiB: 64 },
      { token: blue },
    );
    expect([made.status, made.body.vm?.project]).toEqual([201, 'blue']);
    expect(
      (await problem('POST', '/v1/vms', { name: 'x', project: 'red' }, { token: blue })).errors?.[0]?.field,
    ).toBe('project');
    expect((await problem('GET', '/v1/vms/red-one')).code).toBe('not_found');
    const foreign = { name: 'x', role: 'viewer', project: 'red' };
    expect((await problem('POST', '/v1/tokens', foreign, { token: blue })).errors?.[0]?.field).toBe(
      'project',
    );
  });

  it('end when they are revoked or expired, and are never shown again', async () => {
    await intel.makeProjects('gone');
    const { id, token } = await make('viewer', 'gone');
    const list = (await intel.request<TokenListView>('GET', '/v1/tokens')).body;
    expect(JSON.stringify(list)).not.toContain(token);
    expect(list.items.find((it) => it.id === id)).toMatchObject({ role: 'viewer', project: 'gone' });
    expect((await intel.request('DELETE', `/v1/tokens/${id}`)).status).toBe(204);
    expect((await intel.request('GET', '/v1/vms', undefined, { token })).status).toBe(401);
    expect((await problem('DELETE', `/v1/tokens/${id}`)).code).toBe('not_found');
    const old = await intel.request<NewTokenView>('POST', '/v1/tokens', {
      name: 'old',
      role: 'viewer',
      expiresAt: '2020-01-01T00:00:00Z',
    });
    expect((await intel.request('GET', '/v1/vms', undefined, { token: old.body.token })).status).toBe(401);
  });
});

describe('a repeated request', () => {
  const keyed = (key: string) => ({ headers: { 'idempotency-key': key } });

  it('with the same key and body has one effect and one answer', async () => {
    const body = { name: 'once', memoryMiB: 64 };
    const answers = await Promise.all(
      [1, 2, 3].map(() => intel.request<VmChangeView>('POST', '/v1/vms', body, keyed('k1'))),
    );
    expect(answers.map((it) => it.status)).toEqual([201, 201, 201]);
    expect(new Set(answers.map((it) => it.body.operation.id)).size).toBe(1);
    expect(answers.filter((it) => it.headers.get('idempotency-replayed') === 'true')).toHaveLength(2);
    const vmId = answers[0]?.body.vm?.id;
    const { items } = (await intel.request<{ items: OperationView[] }>('GET', `/v1/operations?vm=${vmId}`))
      .body;
    expect(items).toHaveLength(1);
  });

  it('with the same key and another body is refused', async () => {
    const other = await problem('POST', '/v1/vms', { name: 'twice', memoryMiB: 64 }, keyed('k1'));
    expect(other.code).toBe('idempotency_key_reused');
    expect((await problem('POST', '/v1/vms', { name: 'x' }, keyed('a b'))).errors?.[0]?.field).toBe(
      'Idempotency-Key',
    );
  });

  it('that was refused may be tried again with its key', async () => {
    const body = { name: 'again', memoryMiB: 64, template: 'absent' };
    expect((await problem('POST', '/v1/vms', body, keyed('k2'))).code).toBe('invalid_input');
    expect((await problem('POST', '/v1/vms', body, keyed('k2'))).code).toBe('invalid_input');
  });
});

describe('every answer', () => {
  it('carries its request id and headers that keep browsers from harm', async () => {
    const { headers } = await intel.request('GET', '/v1/vms', undefined, {
      headers: { 'x-request-id': 'mine-1' },
    });
    expect(headers.get('x-request-id')).toBe('mine-1');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  it('can be known beforehand: the API describes itself, with assets of its own', async () => {
    const { body, status } = await intel.request<{ paths: Record<string, object> }>(
      'GET',
      '/openapi.json',
      undefined,
      { token: '' },
    );
    expect(status).toBe(200);
    expect(Object.keys(body.paths)).toEqual(
      expect.arrayContaining(['/v1/vms', '/v1/vms/{id}/start', '/v1/operations/{id}']),
    );
    const page = await intel.request<string>('GET', '/docs', undefined, { token: '' });
    expect([
      page.status,
      /https?:\/\/(?!localhost)/.test(page.body.replaceAll('http://www.w3.org', '')),
    ]).toEqual([200, false]);
    expect((await intel.request('GET', '/docs/swagger-ui-bundle.js', undefined, { token: '' })).status).toBe(
      200,
    );
  });

  it('of the probes is open to all', async () => {
    await waitFor(
      async () => (await intel.request('GET', '/ready', undefined, { token: '' })).status === 200,
      { what: 'it is ready' },
    );
    const { body } = await intel.request<{ details: object }>('GET', '/health', undefined, { token: '' });
    expect(Object.keys(body.details).sort()).toEqual([
      'bus',
      'database',
      'disk-space',
      'image-store',
      'migrations',
      'observer',
    ]);
    expect((await intel.request('GET', '/live', undefined, { token: '' })).status).toBe(200);
    expect((await intel.request<string>('GET', '/metrics', undefined, { token: '' })).body).toContain(
      'process_cpu',
    );
  });
});

describe('waiting', () => {
  it('for what does not come ends with the deadline', async () => {
    operator.held = true;
    const { vm, operation } = await intel.createVm('never');
    const late = await problem('GET', `/v1/vms/${vm.id}/wait?for=stopped&timeout=1s`);
    expect(late.code).toBe('deadline_exceeded');
    expect((await intel.operation(operation.id, '1s')).status).toBe('queued');
    const fields = (await problem('GET', `/v1/vms/${vm.id}/wait?for=happy&timeout=long`)).errors?.map(
      (it) => it.field,
    );
    expect(fields).toEqual(['for', 'timeout']);
    operator.held = false;
  });
});

describe('a change of a VM that another one is open for', () => {
  it('queues, or is refused where that is asked for', async () => {
    const { vm, operation } = await intel.createVm('busy');
    await intel.operation(operation.id, '10s');
    const idle = await intel.request('POST', `/v1/vms/${vm.id}/pause?onConflict=reject`, {});
    expect(idle.status).toBe(202);
    await intel.operation((idle.body as VmChangeView).operation.id, '10s');
    operator.held = true;
    const first = await intel.request<VmChangeView>('POST', `/v1/vms/${vm.id}/stop`, {});
    const refused = await problem('POST', `/v1/vms/${vm.id}/start?onConflict=reject`, {});
    expect(refused).toMatchObject({
      code: 'conflict',
      detail: `The operation ${first.body.operation.id} (vm.stop) of the VM is still open.`,
    });
    expect((await problem('DELETE', `/v1/vms/${vm.id}?onConflict=reject`)).code).toBe('conflict');
    const odd = await problem('POST', `/v1/vms/${vm.id}/start?onConflict=fight`, {});
    expect(odd.errors?.[0]?.field).toBe('onConflict');
    expect((await intel.request('POST', `/v1/vms/${vm.id}/start?onConflict=queue`, {})).status).toBe(202);
    operator.held = false;
  });
});

describe('a host', () => {
  it('is shown with what its operator says; silent, it and its VMs are unknown and come back by themselves', async () => {
    const { vm } = await intel.createVm('quiet');
    await intel.request('GET', `/v1/vms/${vm.id}/wait?for=ready&timeout=10s`);
    const listed = (await intel.request<{ items: object[] }>('GET', '/v1/hosts?limit=1')).body.items[0];
    expect(listed).toMatchObject({
      id: operator.hostId,
      name: 'host-1',
      state: 'ready',
      accelerator: 'tcg',
      orphans: [],
    });
    const orphans = [{ pid: 4242, vmId: vm.id, reason: 'copy' as const }];
    const confinement = {
      launcher: 'direct' as const,
      limits: 'none' as const,
      limitsReason: 'no cgroups',
      user: 'vman-qemu',
      userReason: '',
    };
    operator.facts = { orphans, confinement };
    operator.beat();
    await waitFor(
      async () => {
        const { body } = await intel.request<HostView>('GET', `/v1/hosts/${operator.hostId}`);
        return body.orphans.length > 0 && expect(body).toMatchObject({ orphans, confinement }) === undefined;
      },
      { what: 'what its heartbeat says of processes is shown' },
    );
    operator.facts = {};
    operator.stopBeating();
    await waitFor(async () => (await intel.vm(vm.id)).status.state === 'unknown', {
      timeoutMs: 15_000,
      everyMs: 200,
      what: 'it is unknown',
    });
    expect((await intel.request('GET', `/v1/hosts/${operator.hostId}`)).body).toMatchObject({
      state: 'unknown',
    });
    expect((await problem('POST', '/v1/vms', { name: 'nowhere', memoryMiB: 64 })).detail).toContain(
      'not been heard of',
    );
    operator.startBeating();
    await waitFor(async () => (await intel.vm(vm.id)).status.state === 'running', {
      what: 'it is seen again',
    });
  });
});
