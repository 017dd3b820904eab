import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EventListView, NewTokenView, ProblemView } from '#libs/contracts/http';
import { waitFor } from '#libs/testing';
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
