import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectTo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { STREAM_WINDOW_BYTES } from '#libs/bus';
import type { ConsoleTicketView, NewTokenView, ProblemView, VmView } from '#libs/contracts/http';
import { waitFor } from '#libs/testing';
import { IntelUnderTest } from './intel-under-test.js';
import { ScriptedConsoles } from './scripted-consoles.js';
import { ScriptedOperator } from './scripted-operator.js';
import { WebConsole, type WebConsoleOptions } from './web-console.js';

const ORIGIN = 'https://admin.test';
const SESSIONS_MAX = 4;

let intel: IntelUnderTest;
let operator: ScriptedOperator;
let host: ScriptedConsoles;
let vm: VmView;
let database: pg.Client;
const opened: WebConsole[] = [];

beforeAll(async () => {
  intel = await IntelUnderTest.start({
    VMAN_CONSOLE_ORIGINS: ORIGIN,
    VMAN_CONSOLE_MAX_SESSIONS: String(SESSIONS_MAX),
  });
  operator = await ScriptedOperator.start(intel.nats.url);
  operator.startBeating();
  await waitFor(async () => (await intel.request('GET', '/v1/hosts/host-1')).status === 200, {
    what: 'the host has registered itself',
  });
  host = new ScriptedConsoles(operator.bus, operator.hostId);
  vm = (await intel.createVm('web')).vm;
  await intel.request('GET', `/v1/vms/${vm.id}/wait?for=ready&timeout=10s`);
  database = new pg.Client({ connectionString: intel.postgres.url });
  await database.connect();
}, 60_000);
afterEach(async () => {
  for (const each of opened.splice(0)) each.socket.terminate();
  host.end('closed');
  Object.assign(host, { answer: { errorCode: '', errorMessage: '' }, reading: true });
});
afterAll(async () => {
  await database?.end();
  host?.stop();
  await operator?.stop();
  await intel?.end();
});

const ask = <T>(body: object = {}, token?: string, id = vm.id) =>
  intel.request<T>('POST', `/v1/vms/${id}/console`, body, token ? { token } : {});
const ticketOf = async (body: object = {}, token?: string) => {
  const { status, body: view } = await ask<ConsoleTicketView>(body, token);
  expect(status).toBe(201);
  return view.ticket;
};
function connect(ticket: string, options: WebConsoleOptions = {}): WebConsole {
  const console = WebConsole.open(intel.port, ticket, options);
  opened.push(console);
  return console;
}
const open = async (body: object = {}, options: WebConsoleOptions = {}, token?: string) => {
  const console = connect(await ticketOf(body, token), options);
  await console.says('login: ');
  return console;
};
const makeToken = async (fields: object) => {
  const { status, body } = await intel.request<NewTokenView>('POST', '/v1/tokens', {
    name: `t-${randomUUID()}`,
    ...fields,
  });
  expect(status).toBe(201);
  return body;
};

describe('a ticket', () => {
  it('is given to operators of the VM, noted, and not kept', async () => {
    const { status, body, headers } = await ask<ConsoleTicketView>();
    expect(status).toBe(201);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).toMatchObject({ kind: 'serial', path: '/v1/console', protocol: 'vman.console.v1' });
    expect(body.ticket).toMatch(/^[\w-]{43}$/);
    const inMs = Date.parse(body.expiresAt) - Date.now();
    expect(inMs).toBeGreaterThan(0);
    expect(inMs).toBeLessThan(35_000);
    const kept = await database.query('SELECT t::text FROM console_tickets t');
    expect(JSON.stringify(kept.rows)).not.toContain(body.ticket);
    const audits = await database.query("SELECT * FROM audit WHERE verb = 'vm.console'");
    expect(audits.rows[0]).toMatchObject({ resource_id: vm.id });
    expect(JSON.stringify(audits.rows)).not.toContain(body.ticket);
  });

  it('is refused to viewers, for a VM of another project, and for a screen that is not there', async () => {
    const viewer = await makeToken({ role: 'viewer' });
    expect((await ask({}, viewer.token)).status).toBe(403);
    await intel.request('POST', '/v1/projects', { name: 'elsewhere' });
    const foreign = await makeToken({ role: 'operator', project: 'elsewhere' });
    expect((await ask({}, foreign.token)).status).toBe(404);
    const screen = await ask<ProblemView>({ kind: 'screen' });
    expect([screen.status, screen.body.code]).toEqual([409, 'invalid_state']);
    const wrong = await ask<ProblemView>({ kind: 'printer', replayBytes: -1, more: 1 });
    expect(wrong.body.errors?.map((it) => it.field).sort()).toEqual(['kind', 'more', 'replayBytes']);
  });

  it('works once', async () => {
    const ticket = await ticketOf();
    await connect(ticket).says('login: ');
    expect(await connect(ticket).ends()).toMatchObject({
      code: 4401,
      reason: expect.stringMatching(/^unauthorized: /),
    });
  });

  it('works for half a minute, and no longer than its token', async () => {
    const late = await ticketOf();
    await database.query("UPDATE console_tickets SET expires_at = now() - interval '1 second'");
    expect(await connect(late).ends()).toMatchObject({ code: 4401 });
    const other = await makeToken({ role: 'operator' });
    const orphan = await ticketOf({}, other.token);
    await intel.request('DELETE', `/v1/tokens/${other.id}`);
    expect(await connect(orphan).ends()).toMatchObject({ code: 4401 });
    expect(await connect('nonsense', { asFrame: true }).ends()).toMatchObject({ code: 4401 });
  });
});

describe('the WebSocket of a console', () => {
  it('is typed at and answers; the ticket may be its first frame, and comes back nowhere', async () => {
    for (const asFrame of [false, true]) {
      const console = await open({ replayBytes: 5 }, { asFrame });
      console.socket.send(Buffer.from('root\n'));
      console.socket.send('and text\n');
      await console.says('ROOT\nAND TEXT\n');
      expect(console.socket.protocol).toBe('vman.console.v1');
    }
    expect(host.asked.at(-1)).toMatchObject({ vmId: vm.id, kind: 'serial', replayBytes: 5 });
  });

  it('is for its own address, without a query, and for pages of known origins', async () => {
    expect(await connect('x', { path: '/v1/console?ticket=x' }).refusal()).toBe(400);
    expect(await connect('x', { path: '/v1/vms' }).refusal()).toBe(404);
    expect(await connect('x', { origin: 'https://evil.test' }).refusal()).toBe(403);
    await open({}, { origin: ORIGIN });
    await open({}, { origin: `http://127.0.0.1:${intel.port}` });
  });

  it('leaves requests alone that offer another upgrade', async () => {
    const client = connectTo(intel.port, '127.0.0.1');
    client.write('GET /live HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n');
    const [answer] = await once(client, 'data');
    client.destroy();
    expect(String(answer)).toMatch(/^HTTP\/1.1 200 /);
  });

  it('is not read while the host takes nothing, and goes on when it does', async () => {
    const console = await open();
    [host.reading, host.typed] = [false, 0];
    const sent = STREAM_WINDOW_BYTES * 64;
    for (let from = 0; from < sent; from += 65_536) console.socket.send(Buffer.alloc(65_536, 'x'));
    await waitFor(() => host.typed === STREAM_WINDOW_BYTES, { what: 'the window is full' });
    expect(console.socket.bufferedAmount).toBeGreaterThan(0);
    host.read();
    await waitFor(() => host.typed === sent, { what: 'all of it has come' });
  });

  it('grants the host no more than the browser takes', async () => {
    const console = await open();
    console.socket.pause();
    const piece = Buffer.alloc(STREAM_WINDOW_BYTES / 2, 'y');
    let said = 0;
    const flood = setInterval(() => {
      try {
        host.say(piece);
        said += piece.length;
      } catch {
        // There is no room.
      }
    }, 5);
    // The buffers of the kernel on both sides fill first.
    await waitFor(
      async () => {
        const before = said;
        await new Promise((resolve) => setTimeout(resolve, 300));
        return said > 0 && said === before;
      },
      { what: 'the host has no room' },
    );
    clearInterval(flood);
    console.socket.resume();
    await waitFor(() => console.bytes.length >= said, { what: 'the browser has it all' });
  });

  it('ends with what the host says, or that it says nothing', async () => {
    const console = await open();
    host.end('vm-stopped');
    expect(await console.ends()).toMatchObject({ code: 4000, reason: 'vm-stopped: The VM has stopped.' });
    host.answer = { errorCode: 'invalid_state', errorMessage: 'The VM does not run.' };
    expect(await connect(await ticketOf()).ends()).toEqual({
      code: 4409,
      reason: 'invalid_state: The VM does not run.',
    });
    host.stop();
    expect(await connect(await ticketOf()).ends()).toMatchObject({
      code: 4503,
      reason: 'host_unreachable: The host host-1 does not answer.',
    });
    host = new ScriptedConsoles(operator.bus, operator.hostId);
  });

  it('ends at the host when the browser goes, and for the browser when its token is revoked', async () => {
    const first = await open();
    first.socket.terminate();
    await waitFor(() => host.ended.includes('closed'), { what: 'the host hears of it' });
    const other = await makeToken({ role: 'operator' });
    const second = await open({}, {}, other.token);
    await intel.request('DELETE', `/v1/tokens/${other.id}`);
    expect(await second.ends()).toMatchObject({ code: 4401, reason: expect.stringMatching(/^revoked/) });
    await waitFor(() => host.ended.includes('revoked'), { what: 'the host hears of it' });
  });

  it('is refused when too many are open, and ends with intel', async () => {
    await Promise.all(Array.from({ length: SESSIONS_MAX }, () => open()));
    expect(await connect(await ticketOf()).refusal()).toBe(429);
    const all = [...opened].slice(0, SESSIONS_MAX);
    await intel.down();
    for (const each of all) expect(await each.ends()).toMatchObject({ code: 1001 });
    await waitFor(() => host.ended.filter((it) => it === 'leaving').length === SESSIONS_MAX, {
      what: 'the host hears of it',
    });
  });
});
