import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeApi } from '../../../test/fake-api/fake-api.js';
import { problem, TOKEN } from '../../../test/fake-api/fake-state.js';
import {
  ApiError,
  collect,
  etagOf,
  type Ports,
  UnreachableError,
  VmanClient,
  WaitTimeoutError,
} from './index.js';

let api: FakeApi;
let slept: number[];
let client: VmanClient;

/** Sleeps take no time and are written down. */
const ports = (): Partial<Ports> => ({
  sleep: async (ms) => {
    slept.push(ms);
  },
  random: () => 1,
});

beforeEach(async () => {
  api = await FakeApi.start();
  slept = [];
  client = new VmanClient({ url: `${api.url}/`, token: TOKEN, userAgent: 'test', ports: ports() });
});
afterEach(() => api.stop());

const keys = () => api.seen.map(({ headers }) => headers['idempotency-key']);

describe('a request', () => {
  it('carries token, name of the program, and a fresh idempotency key with each change', async () => {
    await client.vms.start('hello');
    await client.vms.stop('hello');
    await client.vms.get('hello');
    expect(api.seen[0]!.headers).toMatchObject({ authorization: `Bearer ${TOKEN}`, 'user-agent': 'test' });
    const [first, second, read] = keys();
    expect(first).toMatch(/^[0-9a-f-]{36}$/);
    expect(second).not.toBe(first);
    expect(read).toBeUndefined();
  });

  it('is repeated with the same key and body when the connection breaks', async () => {
    api.instead.push('cut', 'cut');
    const { vm } = await client.vms.create({ name: 'new', vcpus: 2 });
    expect(vm?.name).toBe('new');
    expect(new Set(keys()).size).toBe(1);
    expect(api.seen.map(({ body }) => body)).toEqual(Array(3).fill({ name: 'new', vcpus: 2 }));
    expect(slept).toEqual([250, 500]);
  });

  it('waits as long as a busy server says', async () => {
    api.instead.push({ ...problem('rate_limited', 'Slowly.'), headers: { 'retry-after': '2' } });
    api.instead.push({ ...problem('idempotency_in_progress', 'At work.'), headers: { 'retry-after': '1' } });
    await client.vms.start('hello');
    expect(slept).toEqual([2000, 1000]);
  });

  it('gives up after three more tries and says why', async () => {
    api.instead.push(...Array(4).fill(problem('unavailable', 'The database is away.')));
    await expect(client.vms.get('hello')).rejects.toMatchObject({ code: 'unavailable', status: 503 });
    expect(api.seen).toHaveLength(4);
  });

  it('is not repeated when the refusal will stay', async () => {
    await expect(client.vms.get('absent')).rejects.toBeInstanceOf(ApiError);
    expect(api.seen).toHaveLength(1);
  });

  it('tells apart that nobody answers, with the reason', async () => {
    await api.stop();
    const failed = await client.hosts.list().catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(UnreachableError);
    expect((failed as Error).message).toMatch(/^There is no answer from http:.*ECONNREFUSED/);
    api = await FakeApi.start();
  });

  it('ends at once when its caller gives up', async () => {
    const stop = new AbortController();
    stop.abort(new Error('enough'));
    await expect(client.vms.get('hello', stop.signal)).rejects.toThrow('enough');
    expect(slept).toEqual([]);
  });
});

describe('a refusal', () => {
  it('carries code, hint, fields and request id', async () => {
    const refused = await client.vms.create({ name: 'NO' }).catch((error: unknown) => error);
    expect(refused).toMatchObject({
      code: 'invalid_input',
      status: 400,
      message: 'Not valid: name.',
      hint: expect.stringMatching(/Correct the fields/),
      retryable: 'after_change',
      fields: [{ field: 'name', code: 'matches', message: expect.any(String) }],
      requestId: 'request-1',
    });
  });

  it('by something that is no VMAN still makes sense', async () => {
    api.instead.push({ status: 404, headers: { 'content-type': 'text/html' }, body: '<html>' });
    await expect(client.vms.get('x')).rejects.toMatchObject({ code: 'unexpected_answer', status: 404 });
    const page: typeof fetch = async () => new Response('<html>', { status: 200 });
    const other = new VmanClient({ url: api.url, ports: { fetch: page } });
    await expect(other.vms.get('x')).rejects.toMatchObject({ message: 'The answer is not JSON.' });
  });
});

describe('lists', () => {
  it('are read page after page', async () => {
    const names = (await collect(client.vms.all({ limit: 1 }))).map(({ name }) => name);
    expect(names).toEqual(['hello', 'web-1']);
    expect(api.seen.map(({ url }) => url)).toEqual(['/v1/vms?limit=1', '/v1/vms?limit=1&cursor=1']);
  });

  it('of every kind can be read', async () => {
    await client.vms.start('hello');
    expect(await collect(client.hosts.all())).toHaveLength(1);
    expect(await collect(client.templates.all())).toHaveLength(1);
    expect(await collect(client.operations.all({ kind: 'vm.start' }))).toHaveLength(1);
    expect((await client.tokens.list()).items).toHaveLength(1);
  });
});

describe('waiting for an operation', () => {
  it('shows each step and ends with the operation', async () => {
    const { operation } = await client.vms.start('hello');
    const phases: string[] = [];
    const ended = await client.operations.untilEnd(operation.id, {
      onProgress: (it) => phases.push(it.phase),
    });
    expect(ended.status).toBe('succeeded');
    expect(phases).toEqual(['create-disk', 'launch', '']);
    expect(api.seen.at(-1)!.url).toMatch(/\?wait=30s&changedSince=/);
  });

  it('lets the server hold the answer back when nobody watches', async () => {
    const { operation } = await client.vms.start('hello');
    await client.operations.untilEnd(operation.id);
    expect(api.seen.at(-1)!.url).toMatch(/\?wait=30s$/);
  });

  it('stops at its time limit and leaves the operation alone', async () => {
    const { operation } = await client.vms.start('hello');
    const waiting = client.operations.untilEnd(operation.id, { timeoutMs: 0 });
    await expect(waiting).rejects.toBeInstanceOf(WaitTimeoutError);
    expect(api.changes).toHaveLength(1);
  });
});

describe('each kind of change', () => {
  it('of a VM has its route', async () => {
    const { vms } = client;
    const hello = await vms.get('hello');
    const etag = etagOf(hello);
    await client.when(hello).vms.change('hello', { vcpus: 2 });
    await vms.shutdown('hello', { thenForce: true });
    await vms.reboot('hello');
    await vms.reset('hello');
    await vms.pause('hello');
    await vms.resume('hello');
    await expect(client.when(hello).vms.delete('hello')).rejects.toMatchObject({
      code: 'precondition_failed',
    });
    await vms.delete('hello');
    expect(api.changes.map((it) => it.replace('/v1/vms/hello', ''))).toEqual([
      'PATCH ',
      'POST /shutdown',
      'POST /reboot',
      'POST /reset',
      'POST /pause',
      'POST /resume',
      'DELETE ',
      'DELETE ',
    ]);
    expect(etag).toBe('"g1"');
  });

  it('of the rest has its route, too', async () => {
    const { template } = await client.templates.create({
      name: 'alpine',
      format: 'raw',
      source: { type: 'file', path: 'alpine.raw' },
    });
    await client.templates.delete(template.name);
    const made = await client.tokens.create({ name: 'bot', role: 'viewer' });
    expect(made.token).toBe('vman_secret');
    await client.tokens.delete(made.id);
    const { operation } = await client.vms.start('hello');
    expect((await client.operations.cancel(operation.id)).status).toBe('cancelled');
    expect((await client.hosts.get('alpha')).name).toBe('alpha');
    expect((await client.templates.get('debian')).name).toBe('debian');
    expect((await client.vms.waitFor('hello', 'running', 5)).name).toBe('hello');
  });
});

describe('a guest', () => {
  it('is asked through its agent', async () => {
    expect(await client.guests.ping('hello')).toBe(2);
    expect(await client.guests.interfaces('hello')).toMatchObject([{ name: 'eth0' }]);
    expect(await client.guests.exec('hello', { path: '/bin/true' })).toMatchObject({ exitCode: 0 });
    expect(await client.guests.readFile('hello', '/etc/hostname')).toMatchObject({ content: 'aGk=' });
  });

  it('leaves its last words', async () => {
    expect(await client.vms.consoleLog('hello')).toContain('login:');
    expect(await client.vms.exits('hello')).toHaveLength(1);
    expect((await client.vms.exit('hello', 1)).pid).toBe(4242);
  });
});

describe('what the API says of itself', () => {
  it('needs no token and takes a 503 for an answer', async () => {
    api.health = { status: 503, body: { details: { bus: { status: 'down', message: 'away' } } } };
    const health = await new VmanClient({ url: api.url }).system.health();
    expect(health).toMatchObject({ ok: false, details: { bus: { status: 'down', message: 'away' } } });
    expect(health.serverTimeMs).toBe(Date.parse('2026-01-02T12:00:00Z'));
    expect(await client.system.version()).toBe('0.1.0');
    expect(api.seen).toHaveLength(2);
  });
});
