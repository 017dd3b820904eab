/** Consoles and screens of real guests, over a real bus. */
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { loadConfig } from '#libs/config';
import { type DesiredVm, streamFrameCodec, subjects } from '#libs/contracts';
import { createLogger } from '#libs/logging';
import { expectNoLeftovers, waitFor } from '#libs/testing';
import { COUNTS, ECHOES } from '../../../../test/operator/boot-sectors.js';
import { ConsoleClient, type ConsoleWish } from '../../../../test/operator/console-client.js';
import { ImageServer } from '../../../../test/operator/image-server.js';
import { later, TestHost } from '../../../../test/operator/test-host.js';
import { type StartedOperator, startOperator } from '../start-operator.js';

jest.setTimeout(60_000);

const REPLAY_BYTES = 2_000;

const leftovers = expectNoLeftovers('co');
let host: TestHost;
let images: ImageServer;
let started: StartedOperator;
let echoes: DesiredVm;

beforeAll(async () => {
  host = await TestHost.start(leftovers.folder);
  images = await ImageServer.start(host.bus);
  await start();
  echoes = await boot(ECHOES, { vnc: true });
});

afterAll(async () => {
  if (echoes) await host.remove(echoes);
  await started?.app.close();
  await images?.stop();
  await host?.stop();
  await leftovers.check({ allowed: ['s/'] });
});

async function start(): Promise<void> {
  const config = loadConfig('operator', { argv: [], env: host.env });
  const level = process.env.VMAN_TEST_LOG ? 'debug' : 'silent';
  started = await startOperator(config, createLogger({ service: 'operator', level }));
}

async function boot(sector: Buffer, machine: Partial<DesiredVm['machine']> = {}): Promise<DesiredVm> {
  const image = images.add(sector);
  const plain = host.vm();
  const vm: DesiredVm = {
    ...plain,
    machine: { ...plain.machine, ...machine },
    disks: [{ diskId: uuidv7(), bootOrder: 1, sizeBytes: 1 << 20, image, readOnly: false }],
  };
  await host.send(vm);
  await host.settled(vm, 'running');
  return vm;
}

const open = (vm: DesiredVm, wish: Partial<ConsoleWish> = {}) =>
  ConsoleClient.open(host.bus, { hostId: host.hostId, vmId: vm.vmId, ...wish });

describe('the serial console of a guest', () => {
  it('is typed at and answers; who comes later is shown what was said, and both hear all', async () => {
    const first = await open(echoes);
    first.type('hello\n');
    await first.says('hello\n');
    const second = await open(echoes);
    await second.says('hello\n');
    second.type('again');
    await Promise.all([first.says('again'), second.says('again')]);
    const third = await open(echoes, { replayBytes: 0 });
    first.type('!');
    await third.says('!');
    expect(third.text).toBe('!');
    for (const each of [first, second, third]) each.close();
  });

  it('shows what was said while nobody looked, and then is free', async () => {
    const aside = connect(join(host.folder, 'r', echoes.vmId.slice(-12), 'serial.sock'));
    let heard = '';
    aside.on('data', (bytes) => {
      heard += bytes;
    });
    aside.write('seen by nobody');
    await waitFor(() => heard.endsWith('seen by nobody'), { what: 'the guest echoes' });
    aside.destroy();
    const client = await open(echoes);
    await client.says('seen by nobody');
    client.close();
  });

  it('comes whole and in order, and ends with the process', async () => {
    const counts = await boot(COUNTS);
    const first = await open(counts);
    await waitFor(() => first.bytes.length > 6_000, { what: 'the guest counts' });
    first.close();
    const second = await open(counts, { replayBytes: REPLAY_BYTES });
    await waitFor(() => second.bytes.length > 5_000, { what: 'the guest counts on' });
    // The replay comes from the log, in which QEMU repeats a byte when a reader was not fast enough.
    const live = second.bytes.subarray(REPLAY_BYTES);
    const jumps = live.filter((byte, index) => index > 0 && byte !== ((live[index - 1] ?? 0) + 1) % 256);
    expect(jumps).toHaveLength(0);
    const gone = later(counts, { power: 'stopped' });
    await host.send(gone);
    expect(await second.ends()).toBe('vm-stopped');
    await host.settled(gone, 'stopped');
    await host.remove(gone);
  });

  it('takes much at once, however slowly the guest reads it', async () => {
    const client = await open(echoes, { replayBytes: 0 });
    const text = 'x'.repeat(2_000);
    client.type(text);
    await waitFor(() => client.text === text, { timeoutMs: 30_000, what: 'all of it comes back' });
    client.close();
  });
});

describe('the screen of a guest', () => {
  it('is a VNC connection of its own for each viewer', async () => {
    const [one, two] = await Promise.all([
      open(echoes, { kind: 'screen' }),
      open(echoes, { kind: 'screen' }),
    ]);
    await Promise.all([one.says('RFB 003.008\n'), two.says('RFB 003.008\n')]);
    one.type('nonsense instead of a version\n');
    expect(await one.ends()).toBe('closed');
    two.type('RFB 003.008\n');
    await two.says('\x01\x01');
    two.close();
  });
});

describe('a console', () => {
  it('of no VM, of one without a screen, or one too many is refused', async () => {
    const refusal = async (wish: Partial<ConsoleWish>) => {
      const { client, reply } = await ConsoleClient.ask(host.bus, {
        hostId: host.hostId,
        vmId: echoes.vmId,
        ...wish,
      });
      client.close();
      return reply.errorCode;
    };
    expect(await refusal({ vmId: uuidv7() })).toBe('invalid_state');
    const many = await Promise.all(Array.from({ length: 8 }, () => open(echoes)));
    expect(await refusal({})).toBe('rate_limited');
    for (const each of many) each.close();
    const client = await waitFor(() => open(echoes).catch(() => undefined), { what: 'there is room again' });
    client.close();
    const plain = await boot(ECHOES);
    expect(await refusal({ vmId: plain.vmId, kind: 'screen' })).toBe('invalid_state');
    await host.remove(plain);
  });

  it('that the operator does not know is told to end', async () => {
    const ends: unknown[] = [];
    const sessionId = uuidv7();
    const heard = host.bus.subscribe(subjects.streamOut(host.hostId, sessionId), streamFrameCodec, (it) => {
      ends.push(it.body);
    });
    const body = { $case: 'credit' as const, value: { until: 1 } };
    host.bus.publish(subjects.streamIn(host.hostId, sessionId), streamFrameCodec, { body });
    await waitFor(() => ends.length > 0, { what: 'the operator answers' });
    expect(ends).toEqual([{ $case: 'end', value: { reason: 'lost' } }]);
    heard.stop();
  });

  it('ends with the operator, and the guest does not', async () => {
    const client = await open(echoes);
    await started.app.close();
    expect(await client.ends()).toBe('leaving');
    await start();
    const again = await waitFor(() => open(echoes).catch(() => undefined), { what: 'the VM is adopted' });
    again.type('still here');
    await again.says('still here');
    again.close();
  });
});
