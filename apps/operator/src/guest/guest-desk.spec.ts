import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '#libs/clock';
import type { GuestAnswer, GuestAsk } from '#libs/contracts';
import { silentLogger } from '#libs/testing';
import type { Host } from '../host.js';
import type { Registry } from '../reconcile/registry.js';
import { FreezeKeeper } from './freeze-keeper.js';
import { GuestDesk } from './guest-desk.js';
import { GuestKeeper } from './guest-keeper.js';
import { type AgentCommand, healthy, ScriptedAgent } from './scripted-agent.fixture.js';

const PING: GuestAsk = { $case: 'ping', value: {} };
const exec = (path: string): GuestAsk => ({
  $case: 'exec',
  value: { path, arguments: [], environment: ['A=b'] },
});

function answer(command: AgentCommand): unknown {
  switch (command.execute) {
    case 'guest-exec':
      return command.arguments?.path === '/silent' ? undefined : { return: { pid: 5 } };
    case 'guest-exec-status':
      return { return: { exited: true, exitcode: 3, 'out-data': 'eA==' } };
    case 'guest-set-user-password':
      return { error: { class: 'GenericError', desc: 'no such user' } };
    case 'guest-file-open':
      return { return: 9 };
    case 'guest-file-read':
      return { return: { 'buf-b64': 'eHl6', eof: true } };
    case 'guest-file-write':
    case 'guest-file-close':
      return { return: {} };
    default:
      return healthy(command);
  }
}

describe('the desk for questions to guests', () => {
  let folder: string;
  let agent: ScriptedAgent;
  let guest: GuestKeeper;
  let desk: GuestDesk;
  let adopted: boolean;
  let dryRun: boolean;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vman-desk-'));
    agent = await ScriptedAgent.listen(join(folder, 'agent.sock'), answer);
    [adopted, dryRun] = [true, false];
    const onChange = () => {};
    const common = { clock: systemClock, onChange };
    const freezes: FreezeKeeper = new FreezeKeeper({
      ...common,
      vmId: 'vm',
      launchId: 'launch',
      path: join(folder, 'freeze.json'),
      logger: silentLogger as never,
      open: () => guest.open(),
    });
    guest = new GuestKeeper(
      {
        ...common,
        socket: join(folder, 'agent.sock'),
        isRunning: () => true,
        firstBoot: { settled: async () => true },
      },
      freezes,
    );
    const host = { clock: systemClock, logger: silentLogger, hostId: 'host' };
    const registry = { get: () => ({ adopted, vm: { process: { guest } } }) };
    desk = new GuestDesk(
      Object.defineProperty(host, 'dryRun', { get: () => dryRun }) as unknown as Host,
      registry as unknown as Registry,
    );
  });
  afterEach(async () => {
    desk.stop();
    guest.leave();
    await agent.stop();
    await rm(folder, { recursive: true });
  });

  async function ask(it: GuestAsk, timeoutMs = 2_000): Promise<GuestAnswer> {
    return (await desk.answer({ hostId: 'host', vmId: 'vm', timeoutMs, ask: it })).answer;
  }
  const failed = (code: string) => ({ $case: 'failure', value: expect.objectContaining({ code }) });

  it('answers each kind of question', async () => {
    expect(await ask(PING)).toEqual({ $case: 'done', value: {} });
    expect(await ask({ $case: 'addresses', value: {} })).toMatchObject({
      value: {
        interfaces: [
          { name: 'eth0', mac: '52:54:00:aa:00:01' },
          { name: 'lo', mac: '' },
        ],
      },
    });
    expect(await ask(exec('/bin/x'))).toMatchObject({
      $case: 'exec',
      value: { exitCode: 3, stdout: Buffer.from('x') },
    });
    expect(await ask({ $case: 'readFile', value: { path: '/x', maxBytes: 2 } })).toMatchObject({
      value: { content: Buffer.from('xy'), truncated: true },
    });
    const write: GuestAsk = { $case: 'writeFile', value: { path: '/x', content: Buffer.from('x') } };
    expect(await ask(write)).toEqual({ $case: 'done', value: {} });
    const frozen = await ask({ $case: 'freeze', value: { thawAfterMs: 60_000 } });
    expect(frozen).toMatchObject({ $case: 'frozen', value: { fileSystems: 2 } });
    expect(await ask({ $case: 'thaw', value: {} })).toEqual({ $case: 'thawed', value: { fileSystems: 2 } });
  });

  it('hands on the refusal of the guest in its words', async () => {
    const refused = await ask({ $case: 'setPassword', value: { user: 'nobody', password: 'x' } });
    expect(refused).toMatchObject({
      value: { code: 'guest_refused', message: expect.stringContaining('no such user') },
    });
  });

  it('waits for a guest no longer than agreed, and for no more than sixteen questions to one', async () => {
    const waiting = Array.from({ length: 16 }, () => ask(exec('/silent'), 300));
    expect(await ask(PING)).toEqual(failed('rate_limited'));
    for (const each of await Promise.all(waiting)) {
      expect(['deadline_exceeded', 'guest_agent_unavailable']).toContain(
        (each.value as { code: string }).code,
      );
    }
  });

  it('refuses what it does not know yet, and touches no guest on a host that only plans', async () => {
    adopted = false;
    expect(await ask(PING)).toEqual(failed('unavailable'));
    [adopted, dryRun] = [true, true];
    expect(await ask(exec('/bin/x'))).toEqual(failed('unsupported'));
    expect(await ask(PING)).toMatchObject({ $case: 'done' });
  });
});
