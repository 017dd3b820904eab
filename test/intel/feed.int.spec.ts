import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Event, VmanClient } from '#libs/client';
import type { EventListView, HostView, NewTokenView, OperationView, ProblemView } from '#libs/contracts/http';
import { waitFor } from '#libs/testing';
import { CuttableWire } from './cuttable-wire.js';
import { IntelUnderTest } from './intel-under-test.js';
import { ScriptedOperator } from './scripted-operator.js';
import { SseReader } from './sse-reader.js';

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

const open = (query = '', headers: Record<string, string> = {}, token = intel.token) =>
  SseReader.open(`http://127.0.0.1:${intel.port}/v1/events${query}`, {
    authorization: `Bearer ${token}`,
    ...headers,
  });

/** One committed change, told as a fact of some type. */
const change = (type: string, name: string, project: string | null = null) =>
  intel.database.transaction((tx) =>
    tx.facts.tell({
      type,
      project,
      resourceKind: 'vm',
      resourceId: randomUUID(),
      resourceName: name,
      cause: 'user',
      requestId: 'r',
    }),
  );

const list = async (query: string, token = intel.token) =>
  (await intel.request<EventListView>('GET', `/v1/events?${query}`, undefined, { token })).body;

describe('the feed of events', () => {
  it('tells every change once and in one order, to a reader that is cut off again and again', async () => {
    const count = 1_000;
    const got: { id: number; name: string }[] = [];
    let after: number | undefined;
    let done = false;
    const cutOff = async () => {
      await reader.cut();
      got.push(...reader.events.map((it) => ({ id: it.id ?? 0, name: it.data.resource.name })));
      after = reader.lastId ?? after;
    };
    let reader = await open('?type=test.many');
    const reading = (async () => {
      while (!done) {
        await waitFor(() => reader.events.length >= 60 || done, { what: 'some events', timeoutMs: 30_000 });
        await cutOff();
        reader = await open('?type=test.many', { 'last-event-id': String(after ?? 0) });
      }
      await waitFor(() => got.length + reader.events.length >= count, {
        what: 'the rest',
        timeoutMs: 30_000,
      });
      await cutOff();
    })();
    // 20 writers at once, 200 a second and more: commits overtake each other.
    for (let wave = 0; wave < count / 20; wave++) {
      const next = new Promise((resolve) => setTimeout(resolve, 90));
      await Promise.all(Array.from({ length: 20 }, (_, i) => change('test.many', `${wave}-${i}`)));
      await next;
    }
    done = true;
    await reading;
    expect(new Set(got.map((it) => it.name)).size).toBe(count);
    expect(got).toHaveLength(count);
    expect(got.map((it) => it.id)).toEqual(got.map((it) => it.id).sort((a, b) => a - b));
  }, 60_000);

  it('tells what becomes of a VM and of its operations', async () => {
    const reader = await open();
    const { vm, operation } = await intel.createVm('told');
    await waitFor(() => reader.events.some((it) => it.event === 'operation.queued'), {
      what: 'the creation',
    });
    await reader.cut();
    const told = reader.events.find((it) => it.event === 'operation.queued');
    expect(told?.data).toMatchObject({
      new: 'vm.create',
      operationId: operation.id,
      resource: { kind: 'operation', id: operation.id, name: vm.name },
      cause: 'user',
      generation: 1,
    });
    const page = await list(`type=operation.*&resource=${operation.id}`);
    expect(page.items.map((it) => it.type)).toContain('operation.queued');
  });

  it('tells the states of a host, those of silence too, once each', async () => {
    const { id } = (await intel.request<HostView>('GET', '/v1/hosts/host-1')).body;
    const told = async () => (await list(`type=host.state&resource=${id}&sort=createdAt`)).items;
    const until = (state: string, meanwhile = async () => {}) =>
      waitFor(
        async () => {
          await meanwhile();
          return (await told()).at(-1)?.new === state;
        },
        { what: `the host is told ${state}` },
      );
    await until('ready');
    await intel.request('POST', '/v1/hosts/host-1/cordon');
    await until('cordoned');
    await intel.request('POST', '/v1/hosts/host-1/uncordon');
    await until('ready');
    operator.stopBeating();
    // a heartbeat may still be on its way
    await until('lost', () =>
      intel.database.read((tx) => tx.hosts.change(id, { seenAt: new Date(Date.now() - 3_600_000) })),
    );
    operator.startBeating();
    await until('ready');
    const all = await told();
    expect(all.slice(1).map((it) => it.old)).toEqual(all.slice(0, -1).map((it) => it.new));
    // on a slow machine it may also have been late
    const meant = all.filter((it) => it.new !== 'suspect' && it.new !== 'unknown');
    expect(meant.filter((it, at) => it.new !== meant[at - 1]?.new).map((it) => [it.new, it.cause])).toEqual([
      ['ready', 'system'],
      ['cordoned', 'user'],
      ['ready', 'user'],
      ['lost', 'system'],
      ['ready', 'system'],
    ]);
  }, 60_000);

  it('says that there is a gap when the window is gone', async () => {
    await change('test.gap', 'one');
    await waitFor(async () => (await list('type=test.gap')).items.length === 1, { what: 'numbered' });
    const reader = await open('?type=test.gap', { 'last-event-id': '999999999' });
    await waitFor(() => reader.events.length > 0, { what: 'the gap' });
    await change('test.gap', 'two');
    await waitFor(() => reader.events.length > 1, { what: 'what comes after the gap' });
    await reader.cut();
    expect(reader.events.map((it) => it.event)).toEqual(['gap', 'test.gap']);
    expect(reader.events[1]?.data.resource.name).toBe('two');
  });

  it('keeps the events of other projects from a token of one project', async () => {
    await intel.makeProjects('mine');
    const { body } = await intel.request<NewTokenView>('POST', '/v1/tokens', {
      name: 'one-project',
      role: 'viewer',
      project: 'mine',
    });
    const reader = await open('?type=test.project', {}, body.token);
    const all = await open('?type=test.project');
    await change('test.project', 'theirs', 'theirs');
    await change('test.project', 'mine', 'mine');
    await waitFor(() => all.events.length === 2, { what: 'both' });
    await waitFor(() => reader.events.length === 1, { what: 'the own one' });
    await Promise.all([reader.cut(), all.cut()]);
    expect(reader.events.map((it) => it.data.resource.name)).toEqual(['mine']);
    const page = await list('type=test.project', body.token);
    expect(page.items.map((it) => it.resource.name)).toEqual(['mine']);
  });

  it('cuts a reader off that does not read, rather than skip or hold everything', async () => {
    const socket = connect(intel.port, '127.0.0.1');
    socket.on('error', () => {});
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.write(
      `GET /v1/events?type=test.flood HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${intel.token}\r\n` +
        'Accept: text/event-stream\r\n\r\n',
    );
    await new Promise((resolve) => socket.once('data', resolve));
    socket.pause();
    const name = 'x'.repeat(100_000);
    for (let i = 0; i < 120; i++) await change('test.flood', name);
    // What lies in its own buffers is all that it still gets.
    await waitFor(async () => (await list('type=test.flood&limit=1')).items.length === 1, {
      what: 'numbered',
    });
    await change('test.flood', 'last');
    setTimeout(() => socket.resume(), 500);
    await closed;
    const again = await open('?type=test.flood');
    await change('test.flood', 'others-go-on');
    await waitFor(() => again.events.length === 1, { what: 'others' });
    await again.cut();
  }, 60_000);

  it('refuses an id that is none', async () => {
    const answer = await intel.request<ProblemView>('GET', '/v1/events', undefined, {
      headers: { accept: 'text/event-stream', 'last-event-id': 'x' },
    });
    expect(answer.status).toBe(400);
    expect(answer.body.errors?.[0]?.field).toBe('Last-Event-ID');
  });

  it('pages through the list, newest first', async () => {
    for (const name of ['a', 'b', 'c']) await change('test.page', name);
    await waitFor(async () => (await list('type=test.page')).items.length === 3, { what: 'numbered' });
    const first = await list('type=test.page&limit=2');
    const second = await list(`type=test.page&limit=2&cursor=${first.nextCursor}`);
    expect([...first.items, ...second.items].map((it) => it.resource.name)).toEqual(['c', 'b', 'a']);
    expect(second.nextCursor).toBeUndefined();
  });
});

describe('the client follows the feed', () => {
  const ended = new AbortController();
  let wire: CuttableWire;
  /** How many were begun. */
  let streams = 0;
  let client: VmanClient;
  beforeAll(async () => {
    wire = await CuttableWire.to(intel.port);
    const fetchCounted: typeof fetch = async (...request) => {
      const response = await fetch(...request);
      if (response.headers.get('content-type')?.startsWith('text/event-stream')) streams++;
      return response;
    };
    client = new VmanClient({ url: wire.url, token: intel.token, ports: { fetch: fetchCounted } });
  });
  afterAll(async () => {
    ended.abort();
    await wire?.end();
  });

  /** Reads on until it is told to stop. */
  function reading<T>(items: AsyncIterable<T>): T[] {
    const got: T[] = [];
    const read = async () => {
      for await (const item of items) got.push(item);
    };
    read().catch(() => {});
    return got;
  }

  it('without losing or doubling an event when its wire is cut in the middle', async () => {
    const count = 300;
    const first = streams;
    const got = reading(client.events.follow({ filter: { type: 'test.cut' }, signal: ended.signal }));
    await waitFor(() => streams > first, { what: 'the client listens' });
    // Cut before the first event came: what happens meanwhile is still heard of.
    wire.cut();
    for (let wave = 0; wave < count / 10; wave++) {
      await Promise.all(Array.from({ length: 10 }, (_, i) => change('test.cut', `${wave}-${i}`)));
      if (wave % 5 !== 2) continue;
      const before = streams;
      wire.cut();
      await waitFor(() => streams > before, { what: 'the client is back' });
    }
    await waitFor(() => got.length >= count, { what: 'all events', timeoutMs: 30_000 });
    const names = (got as Event[]).map((it) => it.resource.name);
    expect(names).toHaveLength(count);
    expect(new Set(names).size).toBe(count);
    expect(streams).toBeGreaterThan(first + 6);
  }, 60_000);

  it('when its wire is silent but not closed', async () => {
    const filter = { type: 'test.silent' };
    const first = streams;
    const got = reading(client.events.follow({ filter, silenceMs: 400, signal: ended.signal }));
    await waitFor(() => streams > first, { what: 'the client listens' });
    await change('test.silent', 'one');
    await waitFor(() => got.length === 1, { what: 'the first' });
    wire.hush();
    await change('test.silent', 'two');
    await waitFor(() => got.length === 2, { what: 'the second, on a new connection' });
    wire.cut();
  });

  it('and is told of a gap, then of what comes behind it', async () => {
    const filter = { type: 'test.hole' };
    const got = reading(client.events.follow({ filter, after: 999_999_999, signal: ended.signal }));
    await waitFor(() => got.length === 1, { what: 'the gap' });
    await change('test.hole', 'behind');
    await waitFor(() => got.length === 2, { what: 'the event behind it' });
    expect(got).toMatchObject([{ gap: { after: 999_999_999 } }, { resource: { name: 'behind' } }]);
  });

  it('of an operation: its next step, long before its end', async () => {
    operator.held = true;
    const { vm, operation } = await intel.createVm('steps');
    await waitFor(() => operator.desired.some((it) => it.vmId === vm.id), {
      what: 'the host has heard of it',
    });
    const seen: string[][] = [];
    const ended = new VmanClient({
      url: `http://127.0.0.1:${intel.port}`,
      token: intel.token,
    }).operations.untilEnd(operation.id, { onProgress: (it) => seen.push(it.steps.map(({ step }) => step)) });
    await waitFor(() => seen.length > 0, { what: 'it is looked at' });
    const steps = [{ step: 'create-disk', startedAtMs: 1, durationUs: 1500, outcome: 'done' as const }];
    await intel.database.transaction((tx) => tx.operations.addSteps(operation.id, steps));
    await waitFor(() => seen.some((it) => it.length === 1), { what: 'the step is seen', timeoutMs: 20_000 });
    operator.held = false;
    for (const desired of operator.desired.filter((it) => it.vmId === vm.id))
      await operator.carryOut(desired);
    expect((await ended).steps.map(({ step }) => step)).toEqual(['create-disk', 'launch']);
    const { updatedAt } = (await intel.request<OperationView>('GET', `/v1/operations/${operation.id}`)).body;
    const wait = `wait=60s&changedSince=${updatedAt}`;
    // it has ended: there is nothing to wait for
    expect((await intel.request('GET', `/v1/operations/${operation.id}?${wait}`)).status).toBe(200);
  }, 60_000);

  it('to keep a list live: read anew after each change, also one made while it was away', async () => {
    const read = async () => (await client.vms.list({ name: 'watched' })).items.map((it) => it.labels.step);
    const options = { refreshMs: 3_600_000, gatherMs: 10, signal: ended.signal };
    const got = reading(client.events.watch(read, options));
    await waitFor(() => got.length === 1, { what: 'the list as it is' });
    const { vm } = await intel.createVm('watched');
    const label = (step: string) => intel.request('PATCH', `/v1/vms/${vm.id}`, { labels: { step } });
    const shows = (step: string) => waitFor(() => got.at(-1)?.[0] === step, { what: `step ${step}` });
    await label('1');
    await shows('1');
    wire.cut();
    await label('2');
    await shows('2');
    expect(got[0]).toEqual([]);
  });

  it('no more once its caller has enough, and not at all without a token', async () => {
    const enough = new AbortController();
    const next = client.events.follow({ signal: enough.signal }).next();
    enough.abort(new Error('enough'));
    await expect(next).rejects.toThrow('enough');
    const stranger = new VmanClient({ url: wire.url, token: 'wrong' });
    await expect(stranger.events.follow({ after: 1 }).next()).rejects.toMatchObject({ status: 401 });
    const watching = stranger.events.watch(async () => 1);
    await expect(watching.next()).rejects.toMatchObject({ status: 401 });
  });
});
