import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import {
  consoleLogReplyCodec,
  consoleLogRequestCodec,
  type ExitEvent,
  exitEventCodec,
  type LastExit,
  subjects,
} from '#libs/contracts';
import type { ExitListView, ExitView, ProblemView } from '#libs/contracts/http';
import { waitFor } from '#libs/testing';
import { IntelUnderTest } from './intel-under-test.js';
import { ScriptedOperator } from './scripted-operator.js';

let intel: IntelUnderTest;
let operator: ScriptedOperator;
let vmId: string;

beforeAll(async () => {
  intel = await IntelUnderTest.start();
  operator = await ScriptedOperator.start(intel.nats.url);
  operator.startBeating();
  await waitFor(async () => (await intel.request('GET', '/v1/hosts/host-1')).status === 200, {
    what: 'the host has registered itself',
  });
  vmId = (await intel.createVm('mortal')).vm.id;
  await intel.request('GET', `/v1/vms/${vmId}/wait?for=running&timeout=10s`);
}, 60_000);

afterAll(async () => {
  await operator?.stop();
  await intel?.end();
});

const exitOf = (exitSeq: number): LastExit => ({
  exitSeq,
  reason: 'guest-panic',
  atMs: 1_700_000_000_000 + exitSeq * 1000,
  startGeneration: 1,
  status: 'code 0',
});

async function die(exitSeq: number, fields: Partial<ExitEvent> = {}): Promise<void> {
  const { hostId } = operator;
  const event: ExitEvent = {
    hostId,
    vmId,
    exit: exitOf(exitSeq),
    launchId: uuidv7(),
    pid: 4242,
    launchedAtMs: 1_700_000_000_000,
    serialTail: Buffer.from(`boot\0\r\nlast words of ${exitSeq}\n`),
    stderrTail: Buffer.from('qemu: a warning\n'),
    qmpEvents: [{ name: 'GUEST_PANICKED', atMs: 1_700_000_000_500, data: '{"action":"poweroff"}' }],
    ...fields,
  };
  await operator.bus.publishDurable(subjects.event(hostId, 'exit'), exitEventCodec, event);
}

const list = async () => (await intel.request<ExitListView>('GET', `/v1/vms/${vmId}/exits`)).body.items;
const sequences = async () => (await list()).map((it) => it.sequence);
const until = (sequence: number) =>
  waitFor(async () => (await sequences()).includes(sequence), { what: `exit ${sequence} is kept` });
const consoleLog = (query = '') => intel.request<string>('GET', `/v1/vms/${vmId}/console-log${query}`);

describe('the exits of a VM', () => {
  it('are listed, and each tells the last words', async () => {
    await die(1);
    await until(1);
    const [first] = await list();
    expect(first).toEqual({
      sequence: 1,
      reason: 'guest-panic',
      status: 'code 0',
      startedAt: '2023-11-14T22:13:20.000Z',
      at: '2023-11-14T22:13:21.000Z',
      startGeneration: 1,
      pid: 4242,
      host: { id: operator.hostId, name: 'host-1' },
    });
    const { body } = await intel.request<ExitView>('GET', '/v1/vms/mortal/exits/1');
    expect(body).toMatchObject({
      sequence: 1,
      serialTail: 'boot\0\r\nlast words of 1\n',
      stderrTail: 'qemu: a warning\n',
      qmpEvents: [{ name: 'GUEST_PANICKED', at: '2023-11-14T22:13:20.500Z', data: '{"action":"poweroff"}' }],
    });
  });

  it('are linked from the status', async () => {
    await operator.tell(vmId, { state: 'crashed', pid: 0, lastExit: exitOf(1) });
    const seen = await waitFor(async () => (await intel.vm(vmId)).status.lastExit, { what: 'it is seen' });
    expect(seen).toMatchObject({ sequence: 1, href: `/v1/vms/${vmId}/exits/1` });
    expect((await intel.request('GET', seen.href)).status).toBe(200);
  });

  it('are kept once each, however often they are told', async () => {
    await die(2);
    await die(1, { stderrTail: Buffer.from('told again') });
    await die(2);
    await die(3);
    await until(3);
    expect(await sequences()).toEqual([3, 2, 1]);
    const { body } = await intel.request<ExitView>('GET', `/v1/vms/${vmId}/exits/1`);
    expect(body.stderrTail).toBe('qemu: a warning\n');
  });

  it('are the last twenty', async () => {
    for (let sequence = 4; sequence <= 23; sequence += 1) await die(sequence);
    const last = Array.from({ length: 20 }, (_, index) => 23 - index);
    await waitFor(async () => JSON.stringify(await sequences()) === JSON.stringify(last), {
      what: 'the last twenty are kept',
    });
    for (const sequence of ['3', '99', 'x', '0']) {
      const { status, body } = await intel.request<ProblemView>('GET', `/v1/vms/${vmId}/exits/${sequence}`);
      expect([status, body.code]).toEqual([404, 'not_found']);
    }
  });

  it('are not taken from a host on which the VM is not placed', async () => {
    const stranger = await ScriptedOperator.start(intel.nats.url, 'host-2');
    const { hostId } = stranger;
    const lie = { hostId, exit: exitOf(77) };
    await operator.bus.publishDurable(subjects.event(hostId, 'exit'), exitEventCodec, {
      ...lie,
      vmId,
      launchId: '',
      pid: 1,
      launchedAtMs: 1,
      serialTail: Buffer.alloc(0),
      stderrTail: Buffer.alloc(0),
      qmpEvents: [],
    });
    await die(24);
    await until(24);
    expect(await sequences()).not.toContain(77);
    await stranger.stop();
  });
});

describe('the console log', () => {
  it('of a VM that never ended, on a host that does not answer, cannot be read', async () => {
    const { vm } = await intel.createVm('unborn');
    const { status, body } = await intel.request<ProblemView>('GET', `/v1/vms/${vm.id}/console-log`);
    expect([status, body.code]).toEqual([503, 'host_unreachable']);
  });

  it('comes from the last certificate while the host does not answer, and says so', async () => {
    const { status, headers, body } = await consoleLog('?tailBytes=9');
    expect([status, body]).toEqual([200, 'ds of 24\n']);
    expect(headers.get('x-console-log-source')).toBe('exit-24');
  });

  it('comes live from the host as plain text, as much as is asked for', async () => {
    const asked: number[] = [];
    operator.bus.listen(subjects.hostRpc(operator.hostId, 'console-log'), undefined, (raw) => {
      asked.push(consoleLogRequestCodec.decode(raw.data).tailBytes);
      const content = Buffer.from('<b>login:</b>');
      raw.respond(consoleLogReplyCodec.encode({ content, errorCode: '', errorMessage: '' }));
    });
    const { status, headers, body } = await waitFor(
      async () => {
        const reply = await consoleLog('?tailBytes=1000');
        return reply.headers.get('x-console-log-source') === 'host' && reply;
      },
      { what: 'the host is asked' },
    );
    expect([status, body]).toEqual([200, '<b>login:</b>']);
    expect(headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(asked.at(-1)).toBe(1000);
    await consoleLog();
    expect(asked.at(-1)).toBe(65_536);
  });

  it('is refused for a number of bytes that cannot be sent', async () => {
    const { status, body } = await intel.request<ProblemView>(
      'GET',
      `/v1/vms/${vmId}/console-log?tailBytes=9999999`,
    );
    expect(status).toBe(400);
    expect(body.errors?.[0]?.field).toBe('tailBytes');
  });
});

describe('a disk that refuses', () => {
  const condition = async () =>
    (await intel.vm(vmId)).status.conditions.find((it) => it.type === 'StorageHealthy');

  it('shows as a condition that names it, until it takes data again', async () => {
    expect(await condition()).toMatchObject({ status: 'true' });
    const diskId = uuidv7();
    const fault = { diskId, kind: 'no-space', sinceMs: 1_700_000_000_000, retries: 0 } as const;
    await operator.tell(vmId, { state: 'paused', reason: 'io-error', pid: 1, diskFaults: [fault] });
    const seen = await waitFor(
      async () => {
        const now = await condition();
        return now?.status === 'false' && now;
      },
      { what: 'the condition changes' },
    );
    expect(seen.reason).toBe('no-space');
    expect(seen.message).toContain(diskId);
    expect((await intel.vm(vmId)).status).toMatchObject({ state: 'paused', reason: 'io-error' });
    await operator.tell(vmId, { state: 'running', reason: '', diskFaults: [] });
    await waitFor(async () => (await condition())?.status === 'true', { what: 'it is well again' });
  });
});
