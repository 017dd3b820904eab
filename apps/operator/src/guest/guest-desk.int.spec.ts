/** The operator's answers over a real bus for a bare QEMU in which nobody answers. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { loadConfig } from '#libs/config';
import {
  type DesiredVm,
  type GuestAsk,
  guestReplyCodec,
  guestRequestCodec,
  subjects,
  type VmReport,
} from '#libs/contracts';
import { createLogger } from '#libs/logging';
import { expectNoLeftovers } from '#libs/testing';
import { TestHost } from '../../../../test/operator/test-host.js';
import { type StartedOperator, startOperator } from '../start-operator.js';

const leftovers = expectNoLeftovers('op');
const FORGET: GuestAsk = { $case: 'nextPart', value: { answerId: uuidv7(), offset: 0 } };
let host: TestHost;
let started: StartedOperator;
let vm: DesiredVm;

beforeAll(async () => {
  host = await TestHost.start(leftovers.folder);
  const config = loadConfig('operator', { argv: [], env: host.env });
  started = await startOperator(config, createLogger({ service: 'operator', level: 'silent' }));
  vm = host.vm();
  await host.send(vm);
  await host.settled(vm, 'running');
});

afterAll(async () => {
  if (vm) await host.remove(vm);
  await started?.app.close();
  await host?.stop();
  await leftovers.check({ allowed: ['s/'] });
});

async function askOf(vmId: string, ask: GuestAsk, timeoutMs = 2_000, hostId = host.hostId) {
  const subject = subjects.hostRpc(host.hostId, 'guest');
  const request = { hostId, vmId, timeoutMs, ask };
  const { answer } = await host.bus.request(subject, guestRequestCodec, request, guestReplyCodec, 10_000);
  return answer;
}
const ask = (it: GuestAsk, timeoutMs?: number) => askOf(vm.vmId, it, timeoutMs);
const failed = (code: string) => ({ $case: 'failure', value: expect.objectContaining({ code }) });
const PING: GuestAsk = { $case: 'ping', value: {} };
const ASKS: GuestAsk[] = [
  PING,
  { $case: 'addresses', value: {} },
  { $case: 'freeze', value: { thawAfterMs: 1_000 } },
  { $case: 'exec', value: { path: '/bin/true', arguments: [], environment: [] } },
  { $case: 'setPassword', value: { user: 'root', password: 'x' } },
  { $case: 'readFile', value: { path: '/etc/hostname', maxBytes: 10 } },
  { $case: 'writeFile', value: { path: '/tmp/x', content: Buffer.from('x') } },
];

describe('a guest without an agent', () => {
  it('is reported as such', async () => {
    const closed = (row: VmReport) => row.guestAgent?.reason === 'closed';
    const row = await host.rowWhere(vm.vmId, 'the port is closed', closed);
    expect(row.guestAgent).toMatchObject({ state: 'disconnected', interfaces: [] });
  });

  it('answers no question, at once', async () => {
    for (const each of ASKS) expect(await ask(each)).toEqual(failed('guest_agent_unavailable'));
  });

  it('keeps a thaw waiting no longer than agreed', async () => {
    expect(await ask({ $case: 'thaw', value: {} }, 500)).toMatchObject({ $case: 'failure' });
  });
});

describe('a question', () => {
  it('to a VM that is not there, of another host, or for a part that is kept no more, is refused', async () => {
    expect(await askOf(uuidv7(), PING)).toEqual(failed('guest_agent_unavailable'));
    await expect(askOf(vm.vmId, PING, 1_000, uuidv7())).rejects.toThrow('the request failed');
    expect(await ask(FORGET)).toEqual(failed('not_found'));
  });
});
