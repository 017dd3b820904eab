import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { GuestAgentClient, GuestAgentError, GuestAgentUnavailableError } from './index.js';

interface Command {
  execute: string;
  arguments?: Record<string, unknown>;
}

/** A guest that answers as it likes: `undefined` is silence, a string goes out raw. */
type Guest = (command: Command) => unknown;

describe('a guest agent that cannot be trusted', () => {
  let folder: string;
  let server: Server;
  let socket: Socket;
  let client: GuestAgentClient;
  let bytes: Buffer[];
  let commands: Command[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vman-ga-'));
    bytes = [];
    commands = [];
  });
  afterEach(async () => {
    client?.close();
    server.close();
    await rm(folder, { recursive: true });
  });

  async function connect(guest: Guest, timeoutMs = 1_000): Promise<void> {
    const path = join(folder, 'ga.sock');
    server = createServer((peer) => {
      socket = peer;
      peer.on('error', () => {});
      peer.on('data', (chunk: Buffer) => {
        bytes.push(chunk);
        for (const line of chunk.toString('latin1').split('\n')) answer(line.replaceAll('\xff', ''), guest);
      });
    });
    server.listen(path);
    await once(server, 'listening');
    client = await GuestAgentClient.connect(path, { timeoutMs });
  }

  function answer(line: string, guest: Guest): void {
    if (line === '') return;
    const command = JSON.parse(line) as Command;
    commands.push(command);
    const value = guest(command);
    if (typeof value === 'string') socket.write(value);
    else if (value !== undefined) socket.write(`${JSON.stringify(value)}\n`);
    else if (command.execute === 'guest-sync-delimited') {
      socket.write(
        Buffer.concat([Buffer.from([0xff]), Buffer.from(`{"return":${command.arguments?.id}}\n`)]),
      );
    }
  }

  it('is brought into step behind the byte that resets its parser', async () => {
    await connect(({ execute }) => (execute === 'guest-ping' ? { return: {} } : undefined));
    await client.ping();
    await client.ping();
    expect(Buffer.concat(bytes)[0]).toBe(0xff);
    expect(commands.map(({ execute }) => execute)).toEqual([
      'guest-sync-delimited',
      'guest-ping',
      'guest-ping',
    ]);
  });

  it('never gives a late answer to the next call', async () => {
    let calls = 0;
    await connect(({ execute }) => {
      if (execute === 'guest-sync-delimited') return undefined;
      calls += 1;
      if (calls === 1) return undefined;
      return '{"return":111}\n';
    }, 100);
    await expect(client.ping(30)).rejects.toThrow(GuestAgentUnavailableError);
    socket.write('{"return":"late"}\n');
    expect(await client.freeze(1_000)).toBe(111);
    expect(commands.filter(({ execute }) => execute === 'guest-sync-delimited')).toHaveLength(2);
  });

  it('is unavailable when it stays silent, hangs up or is not there', async () => {
    await connect(({ execute }) => (execute.startsWith('guest-sync') ? '' : undefined), 40);
    await expect(client.ping()).rejects.toThrow(/no answer within 40 ms/);
    const pending = client.ping(5_000);
    socket.destroy();
    await expect(pending).rejects.toThrow(GuestAgentUnavailableError);
    expect(client.isOpen).toBe(false);
    await expect(client.ping()).rejects.toThrow(/closed/);
    const missing = GuestAgentClient.connect(join(folder, 'none.sock'));
    await expect(missing).rejects.toThrow(GuestAgentUnavailableError);
  });

  it('carries the refusal of a command', async () => {
    await connect(({ execute }) =>
      execute === 'guest-fsfreeze-thaw'
        ? { error: { class: 'CommandNotFound', desc: 'disabled' } }
        : execute === 'guest-ping'
          ? { error: null }
          : undefined,
    );
    await expect(client.thaw()).rejects.toMatchObject({ errorClass: 'CommandNotFound', desc: 'disabled' });
    await expect(client.ping()).rejects.toThrow(GuestAgentError);
  });

  it('gets no answer of a wrong shape through', async () => {
    const many = Array.from({ length: 1000 }, () => ({ name: 'x'.repeat(1000), 'ip-addresses': [7, {}] }));
    await connect(({ execute }) => {
      switch (execute) {
        case 'guest-network-get-interfaces':
          return { return: many };
        case 'guest-get-osinfo':
          return { return: 'nonsense' };
        case 'guest-fsfreeze-freeze':
          return { return: 'many' };
        default:
          return undefined;
      }
    });
    const interfaces = await client.networkInterfaces();
    expect(interfaces).toHaveLength(64);
    expect(interfaces[0]).toEqual({ name: 'x'.repeat(256), mac: undefined, addresses: [] });
    expect((await client.osInfo()).id).toBeUndefined();
    await expect(client.freeze()).rejects.toThrow(/not a number/);
  });

  it('is asked for passwords, time and power in its own words', async () => {
    await connect(({ execute }) => (execute.startsWith('guest-set') ? { return: {} } : undefined));
    await client.setUserPassword('root', 'pass\u00fc');
    await client.setTime(1_700_000_000_123);
    await client.shutdown('powerdown');
    await client.setTime(1);
    const sent = commands.filter(({ execute }) => !execute.startsWith('guest-sync'));
    expect(sent.map(({ arguments: args }) => args)).toEqual([
      { username: 'root', password: 'cGFzc8O8', crypted: false },
      { time: 1_700_000_000_123_000_000 },
      { mode: 'powerdown' },
      { time: 1_000_000 },
    ]);
  });

  it('that answers what is no answer fails the call at once, and the next one works', async () => {
    let calls = 0;
    await connect(({ execute }) => {
      if (execute !== 'guest-get-host-name') return undefined;
      calls += 1;
      return calls === 1 ? '{"return": \n' : { return: { 'host-name': 'web-1' } };
    }, 5_000);
    await expect(client.hostName()).rejects.toThrow(/not JSON/);
    expect(await client.hostName()).toBe('web-1');
  });

  it('does not keep a caller who waits for a program longer than agreed', async () => {
    await connect(({ execute }) => {
      if (execute === 'guest-exec') return { return: { pid: 5 } };
      return execute === 'guest-exec-status' ? { return: { exited: false } } : undefined;
    });
    const exec = client.exec({ path: '/bin/sleep', timeoutMs: 100 });
    await expect(exec).rejects.toThrow(/longer than 100 ms/);
  });
});
