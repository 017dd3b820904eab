import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import {
  type GuestAgent,
  type GuestAnswer,
  type GuestRequest,
  guestReplyCodec,
  guestRequestCodec,
  subjects,
} from '#libs/contracts';
import type { GuestExecView, NewTokenView, ProblemView, VmView } from '#libs/contracts/http';
import { waitFor } from '#libs/testing';
import { IntelUnderTest } from './intel-under-test.js';
import { ScriptedOperator } from './scripted-operator.js';

const SECRET = 'canary-password';
const AGENT: GuestAgent = {
  state: 'connected',
  reason: '',
  sinceMs: 1_700_000_000_000,
  interfaces: [
    {
      name: 'eth0',
      mac: '52:54:00:00:00:01',
      addresses: [
        { address: 'fe80::1', family: 'ipv6', prefix: 64 },
        { address: '10.0.2.15', family: 'ipv4', prefix: 24 },
      ],
    },
  ],
  osName: 'Test OS 1',
  hostName: 'web-1',
  frozenUntilMs: 0,
};

let intel: IntelUnderTest;
let operator: ScriptedOperator;
let vm: VmView;
let asked: GuestRequest[];
let answer: (request: GuestRequest) => GuestAnswer;
let listening: { stop(): void };

beforeAll(async () => {
  intel = await IntelUnderTest.start();
  operator = await ScriptedOperator.start(intel.nats.url);
  operator.startBeating();
  await waitFor(async () => (await intel.request('GET', '/v1/hosts/host-1')).status === 200, {
    what: 'the host has registered itself',
  });
  listening = listen();
  vm = (await intel.createVm('guest')).vm;
  await intel.request('GET', `/v1/vms/${vm.id}/wait?for=ready&timeout=10s`);
}, 60_000);
beforeEach(() => {
  asked = [];
  answer = () => ({ $case: 'done', value: {} });
});
afterAll(async () => {
  await operator?.stop();
  await intel?.end();
});

function listen(): { stop(): void } {
  return operator.bus.listen(subjects.hostRpc(operator.hostId, 'guest'), undefined, (raw) => {
    const request = guestRequestCodec.decode(raw.data);
    asked.push(request);
    raw.respond(guestReplyCodec.encode({ answer: answer(request) }));
  });
}
const ask = <T>(verb: string, body: object = {}, options = {}) =>
  intel.request<T>('POST', `/v1/vms/${vm.id}/guest/${verb}`, body, options);
const problem = async (verb: string, body: object = {}, options = {}) =>
  (await ask<ProblemView>(verb, body, options)).body;
const failure = (code: string): GuestAnswer => ({ $case: 'failure', value: { code, message: 'its words' } });

async function rowsOf(text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: intel.postgres.url });
  await client.connect();
  const { rows } = await client.query(text);
  await client.end();
  return rows;
}

async function auditOf(id: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: intel.postgres.url });
  await client.connect();
  const { rows } = await client.query("SELECT * FROM audit WHERE resource_id = $1 AND verb LIKE 'guest.%'", [
    id,
  ]);
  await client.end();
  return rows;
}

describe('a question to a guest', () => {
  it('goes to the host of the VM and its answer comes back', async () => {
    expect((await ask('ping')).body).toEqual({ roundTripMs: expect.any(Number) });
    expect(asked).toEqual([
      { hostId: operator.hostId, vmId: vm.id, timeoutMs: 5_000, ask: { $case: 'ping', value: {} } },
    ]);
    answer = () => ({
      $case: 'addresses',
      value: { interfaces: [{ ...AGENT.interfaces[0]!, mac: '', name: 'lo' }] },
    });
    const { body } = await intel.request('GET', `/v1/vms/${vm.id}/guest/addresses`);
    expect(body).toMatchObject({ interfaces: [{ name: 'lo' }] });
    answer = () => ({ $case: 'frozen', value: { fileSystems: 2, thawsAtMs: 1_700_000_000_000 } });
    expect((await ask('freeze', { thawAfterSeconds: 7 })).body).toEqual({
      fileSystems: 2,
      thawsAt: '2023-11-14T22:13:20.000Z',
    });
    expect(asked.at(-1)).toMatchObject({ timeoutMs: 7_000, ask: { value: { thawAfterMs: 7_000 } } });
    answer = () => ({ $case: 'thawed', value: { fileSystems: 2 } });
    expect((await ask('thaw')).body).toEqual({ fileSystems: 2 });
    answer = () => ({ $case: 'file', value: { content: Buffer.from([0xff, 1]), truncated: true } });
    const read = await ask('read-file', { path: '/x', encoding: 'base64' });
    expect(read.body).toEqual({ content: '/wE=', encoding: 'base64', truncated: true });
  });

  it('may have an answer that is longer than a message', async () => {
    const result = { stdoutTruncated: false, stderrTruncated: true, exitCode: 0, signal: undefined };
    const whole = { ...result, stdout: Buffer.alloc(900_000, 'o'), stderr: Buffer.alloc(900_000, 'e') };
    const bytes = Buffer.from(guestReplyCodec.encode({ answer: { $case: 'exec', value: whole } }));
    const part = (offset: number): GuestAnswer => ({
      $case: 'part',
      value: {
        answerId: 'a',
        offset,
        totalBytes: bytes.length,
        bytes: bytes.subarray(offset, offset + 500_000),
      },
    });
    answer = ({ ask: it }) => part(it.$case === 'nextPart' ? it.value.offset : 0);
    const { body } = await ask<GuestExecView>('exec', { path: '/bin/x' });
    expect([body.stdout.length, body.stderr.length, body.stderrTruncated]).toEqual([900_000, 900_000, true]);
    expect(asked).toHaveLength(4);
  });

  it('that fails says why, and is never an internal fault when the host is away', async () => {
    for (const [code, status] of [
      ['guest_agent_unavailable', 409],
      ['guest_refused', 409],
      ['deadline_exceeded', 504],
      ['rate_limited', 429],
    ] as const) {
      answer = () => failure(code);
      expect(await problem('ping')).toMatchObject({ code, status, detail: 'its words', retryable: 'later' });
    }
    listening.stop();
    const away = await problem('exec', { path: '/bin/x' });
    expect(away).toMatchObject({
      code: 'host_unreachable',
      status: 503,
      detail: expect.stringContaining('host-1'),
    });
    listening = listen();
  });

  it('is refused when it is not valid, before anybody hears of it', async () => {
    for (const [verb, body, field] of [
      ['exec', {}, 'path'],
      ['exec', { path: '/x', shell: true }, 'shell'],
      ['exec', { path: '/x', environment: ['novalue'] }, 'environment'],
      ['exec', { path: '/x', stdin: '!', encoding: 'base64' }, 'stdin'],
      ['exec', { path: '/x', timeoutSeconds: 0 }, 'timeoutSeconds'],
      ['freeze', { thawAfterSeconds: 601 }, 'thawAfterSeconds'],
      ['set-password', { user: 'root:x', password: 'x' }, 'user'],
      ['set-password', { user: 'root', password: 'x\nroot:y' }, 'password'],
      ['read-file', { path: 'a\0b' }, 'path'],
    ] as const) {
      const { code, errors } = await problem(verb, body);
      expect([code, errors?.[0]?.field]).toEqual(['invalid_input', field]);
    }
    expect((await problem('write-file', { path: '/x', content: 'x'.repeat(800 * 1024) })).code).toBe(
      'payload_too_large',
    );
    expect(asked).toEqual([]);
  });

  it('needs more than the right to look, when it is more than a look', async () => {
    const made = await intel.request<NewTokenView>('POST', '/v1/tokens', { name: 'looker', role: 'viewer' });
    const { token } = made.body;
    expect((await ask('ping', {}, { token })).status).toBe(200);
    for (const verb of ['exec', 'freeze', 'thaw', 'set-password', 'read-file', 'write-file']) {
      expect((await problem(verb, { path: '/x' }, { token })).code).toBe('forbidden');
    }
  });

  it('that changes or discloses something is in the audit, without what it was', async () => {
    const other = (await intel.createVm('audited')).vm;
    const to = (verb: string, body: object) =>
      intel.request('POST', `/v1/vms/${other.id}/guest/${verb}`, body);
    await to('ping', {});
    expect((await to('set-password', { user: 'root', password: SECRET })).status).toBe(204);
    expect((await to('write-file', { path: '/x', content: SECRET })).status).toBe(204);
    await to('exec', { path: '/x', stdin: SECRET });
    const rows = await auditOf(other.id);
    expect(rows.map((it) => it.verb)).toEqual(['guest.set-password', 'guest.write-file', 'guest.exec']);
    expect(JSON.stringify(rows)).not.toContain(SECRET);
  });

  describe('with an Idempotency-Key', () => {
    const exec = { path: '/bin/date', arguments: ['--utc'] };
    const output = (stdout: string): GuestAnswer => {
      const value = { exitCode: 0, stderr: Buffer.alloc(0), stdoutTruncated: false, stderrTruncated: false };
      return { $case: 'exec', value: { ...value, stdout: Buffer.from(stdout) } };
    };

    it('is carried out once, and a repetition gets the same answer', async () => {
      const headers = { 'idempotency-key': 'once' };
      const body = { user: 'root', password: SECRET };
      for (const replayed of [null, 'true']) {
        const answer = await ask('set-password', body, { headers });
        expect([answer.status, answer.headers.get('idempotency-replayed')]).toEqual([204, replayed]);
      }
      expect((await problem('exec', exec, { headers })).code).toBe('idempotency_key_reused');
      const again = { ...body, password: 'another one' };
      expect((await problem('set-password', again, { headers })).code).toBe('idempotency_key_reused');
      expect(asked).toHaveLength(1);
    });

    it('keeps what a program has written sealed, also from who reads the database', async () => {
      const headers = { 'idempotency-key': 'sealed' };
      answer = () => output(SECRET);
      const first = await ask<GuestExecView>('exec', exec, { headers });
      answer = () => output('of another run');
      const second = await ask<GuestExecView>('exec', exec, { headers });
      expect([first.body.stdout, second.body]).toEqual([SECRET, first.body]);
      expect(asked).toHaveLength(1);
      const kept = await rowsOf("SELECT * FROM idempotency_keys WHERE key = 'sealed'");
      expect(kept).toHaveLength(1);
      expect(JSON.stringify(kept)).not.toContain(SECRET);
    });

    it('sent twice at once is carried out once, and both get its answer', async () => {
      const headers = { 'idempotency-key': 'twice' };
      let runs = 0;
      answer = () => output(`run ${++runs}`);
      const both = [
        ask<GuestExecView>('exec', exec, { headers }),
        ask<GuestExecView>('exec', exec, { headers }),
      ];
      expect((await Promise.all(both)).map((it) => it.body.stdout)).toEqual(['run 1', 'run 1']);
      expect(asked).toHaveLength(1);
    });

    it('may be tried again when the guest has refused it', async () => {
      const headers = { 'idempotency-key': 'refused' };
      answer = () => failure('guest_refused');
      expect((await problem('exec', exec, { headers })).code).toBe('guest_refused');
      answer = () => output('now');
      expect((await ask<GuestExecView>('exec', exec, { headers })).body.stdout).toBe('now');
    });

    it('is not done again when nobody knows whether it was done', async () => {
      const headers = { 'idempotency-key': 'lost' };
      answer = () => failure('deadline_exceeded');
      expect((await problem('exec', exec, { headers })).code).toBe('deadline_exceeded');
      expect((await problem('exec', exec, { headers })).code).toBe('conflict');
      // as if intel had died between the question and the answer
      await rowsOf(
        `UPDATE idempotency_keys SET status = NULL, created_at = now() - interval '5 minutes' WHERE key = 'lost'`,
      );
      expect((await problem('exec', exec, { headers })).code).toBe('conflict');
      expect(asked).toHaveLength(1);
    });
  });
});

describe('a VM', () => {
  const condition = (it: VmView, type: string) => it.status.conditions.find((each) => each.type === type);
  const until = (what: string, check: (it: VmView) => boolean) =>
    waitFor(
      async () => {
        const now = await intel.vm(vm.id);
        return check(now) && now;
      },
      { timeoutMs: 5_000, what },
    );
  const agentIs = (status: string) => (it: VmView) => condition(it, 'AgentConnected')?.status === status;

  it('shows its agent with what it told, and is ready without one until it was seen', async () => {
    expect(condition(await intel.vm(vm.id), 'Ready')?.status).toBe('true');
    expect(condition(await intel.vm(vm.id), 'AgentConnected')).toMatchObject({ status: 'unknown' });
    await operator.tell(vm.id, { guestAgent: AGENT });
    const shown = await until('the agent is connected', agentIs('true'));
    expect(condition(shown, 'AgentConnected')?.lastTransitionAt).toBe('2023-11-14T22:13:20.000Z');
    expect(shown.status.addresses).toEqual([
      expect.objectContaining({ address: '10.0.2.15', source: 'user', network: 'user' }),
      {
        address: '10.0.2.15',
        source: 'guest-agent',
        family: 'ipv4',
        prefix: 24,
        mac: '52:54:00:00:00:01',
        interface: 'eth0',
        lastSeenAt: expect.any(String),
      },
    ]);
    expect(shown.status.guest).toEqual({ hostName: 'web-1', osName: 'Test OS 1' });
    const closed = { ...AGENT, state: 'disconnected' as const, reason: 'closed', interfaces: [] };
    await operator.tell(vm.id, { guestAgent: closed });
    expect(condition(await until('the agent is gone', agentIs('false')), 'Ready')?.status).toBe('true');
    await operator.tell(vm.id, { guestAgent: closed, pid: 99_999 });
    const next = await until('its next run waits', (it) => condition(it, 'Ready')?.status === 'false');
    expect(condition(next, 'Ready')?.reason).toBe('waiting-for-guest-agent');
    await operator.tell(vm.id, { guestAgent: AGENT, pid: 99_999 });
    await until('it is ready', (it) => condition(it, 'Ready')?.status === 'true');
  });
});
