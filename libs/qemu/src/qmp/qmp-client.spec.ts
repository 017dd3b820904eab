import { afterEach, describe, expect, it } from '@jest/globals';
import { type FakeHandler, FakeQmpServer } from './fake-qmp-server.fixture.js';
import {
  QmpBusyError,
  QmpClient,
  QmpClosedError,
  type QmpConnectOptions,
  QmpError,
  type QmpEvent,
  QmpTimeoutError,
} from './index.js';

describe('QmpClient', () => {
  let server: FakeQmpServer;
  let client: QmpClient | undefined;

  async function connect(handler: FakeHandler, options?: QmpConnectOptions): Promise<QmpClient> {
    server = await FakeQmpServer.start(handler);
    client = await QmpClient.connect(server.path, options);
    return client;
  }

  afterEach(async () => {
    client?.close();
    client = undefined;
    await server.stop();
  });

  it('negotiates first and knows the version from the greeting', async () => {
    const qmp = await connect(() => {});
    expect(server.commands.map(({ execute }) => execute)).toEqual(['qmp_capabilities']);
    expect(qmp.version.qemu).toEqual({ major: 7, minor: 2, micro: 22 });
  });

  it('matches answers by id when they come in another order', async () => {
    const held: Parameters<FakeHandler>[0][] = [];
    const qmp = await connect((command, fake) => {
      held.push(command);
      if (held.length === 2) for (const one of held.reverse()) fake.reply(one, { name: one.execute });
    });
    const answers = await Promise.all([qmp.execute('query-name'), qmp.execute('query-uuid')]);
    expect(answers).toEqual([{ name: 'query-name' }, { name: 'query-uuid' }]);
  });

  it('never gives a late answer to a later command', async () => {
    const seen: Parameters<FakeHandler>[0][] = [];
    const qmp = await connect((command, fake) => {
      seen.push(command);
      if (seen.length === 1) return;
      for (const one of seen) fake.reply(one, { name: `answer ${one.id}` });
    });
    const first = qmp.execute('query-name', undefined, { timeoutMs: 20 });
    await expect(first).rejects.toThrow(QmpTimeoutError);
    expect(await qmp.execute('query-name')).toEqual({ name: `answer ${seen[1]?.id}` });
  });

  it('carries class and words of an error', async () => {
    const qmp = await connect(({ id }, fake) =>
      fake.send({ id, error: { class: 'DeviceNotFound', desc: "Device 'x' not found" } }),
    );
    const failed = qmp.execute('device_del', { id: 'x' });
    await expect(failed).rejects.toMatchObject({
      errorClass: 'DeviceNotFound',
      desc: "Device 'x' not found",
      command: 'device_del',
    });
    await expect(failed).rejects.toBeInstanceOf(QmpError);
  });

  it('gives events to those who asked, until they no longer ask', async () => {
    const qmp = await connect((command, fake) => {
      fake.event('SHUTDOWN', { guest: true, reason: 'guest-shutdown' });
      fake.event('UNHEARD_OF', { a: 1 });
      fake.reply(command, {});
    });
    const shutdowns: unknown[] = [];
    const all: QmpEvent[] = [];
    const stopShutdowns = qmp.on('SHUTDOWN', (data, atMs) => shutdowns.push([data, atMs]));
    const stopAll = qmp.onAny((event) => all.push(event));
    await qmp.execute('stop');
    stopShutdowns();
    stopAll();
    await qmp.execute('stop');
    expect(shutdowns).toEqual([[{ guest: true, reason: 'guest-shutdown' }, 10_005]]);
    expect(all.map(({ name }) => name)).toEqual(['SHUTDOWN', 'UNHEARD_OF']);
  });

  it('waits for the event that matches, and not for ever', async () => {
    const qmp = await connect((command, fake) => {
      fake.event('DEVICE_DELETED', { path: '/a' });
      fake.event('DEVICE_DELETED', { path: '/b', device: 'b' });
      fake.reply(command, {});
    });
    const deleted = qmp.waitFor('DEVICE_DELETED', { match: ({ device }) => device === 'b' });
    await qmp.execute('device_del', { id: 'b' });
    expect(await deleted).toEqual({ path: '/b', device: 'b' });
    await expect(qmp.waitFor('RESUME', { timeoutMs: 20 })).rejects.toThrow(QmpTimeoutError);
  });

  it('fails everything that waits when QEMU goes, and says so once', async () => {
    const qmp = await connect((_command, fake) => fake.hangUp());
    const event = qmp.waitFor('SHUTDOWN');
    await expect(qmp.execute('stop')).rejects.toThrow(QmpClosedError);
    await expect(event).rejects.toThrow(QmpClosedError);
    expect(await qmp.closed).toBe('eof');
    expect(qmp.isOpen).toBe(false);
    await expect(qmp.execute('stop')).rejects.toThrow(/closed \(eof\)/);
    await expect(qmp.waitFor('RESUME')).rejects.toThrow(QmpClosedError);
  });

  it('says that it left by itself', async () => {
    const qmp = await connect(() => {});
    qmp.close();
    expect(await qmp.closed).toBe('local');
  });

  it('survives broken lines and shows them to the trace', async () => {
    const lines: string[] = [];
    const qmp = await connect(
      (command, fake) => {
        fake.send('{half\n{"neither":1}\n{"id":99999,"return":1}\n');
        fake.send({ id: command.id, return: { name: 'x' } });
      },
      { trace: (direction, text) => lines.push(`${direction} ${text}`) },
    );
    expect(await qmp.execute('query-name')).toEqual({ name: 'x' });
    expect(lines).toContain('broken a line is not JSON');
    expect(lines).toContain('broken a message is neither event, answer nor greeting');
    expect(lines).toContain('out {"execute":"query-name","id":2}');
  });

  it('takes an error without words, and an event without a time', async () => {
    const qmp = await connect(({ id }, fake) => {
      fake.send({ event: 'STOP' });
      fake.send({ id, error: {} });
    });
    const stop = qmp.waitFor('STOP');
    await expect(qmp.execute('stop')).rejects.toThrow('stop: no description');
    await stop;
  });

  it('tells that another client holds the monitor when it is not greeted', async () => {
    server = await FakeQmpServer.start(() => {}, { greet: false });
    await expect(QmpClient.connect(server.path, { timeoutMs: 30 })).rejects.toThrow(QmpBusyError);
  });

  it('tells a socket that is not there from one that will be', async () => {
    server = await FakeQmpServer.start(() => {});
    const missing = `${server.path}.not`;
    await expect(QmpClient.connect(missing)).rejects.toMatchObject({ reason: 'unreachable' });
    await expect(QmpClient.connect(missing, { waitMs: 20 })).rejects.toThrow(QmpClosedError);
    const signal = AbortSignal.abort();
    await expect(QmpClient.connect(missing, { waitMs: 60_000, signal })).rejects.toThrow(QmpClosedError);
  });

  it('gives up when QEMU goes before it greets', async () => {
    server = await FakeQmpServer.start(() => {}, { greet: false });
    const connecting = QmpClient.connect(server.path);
    const hangUp = setInterval(() => server.hangUp(), 5);
    await expect(connecting).rejects.toThrow(QmpClosedError);
    clearInterval(hangUp);
  });
});
