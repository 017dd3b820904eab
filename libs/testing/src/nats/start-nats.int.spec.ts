import { existsSync, readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '../wait-for.js';
import { findNatsServer } from './find-nats-server.js';
import { greeting } from './greeting.js';
import { type NatsServer, startNats } from './start-nats.js';

describe('a nats-server of a test', () => {
  let server: NatsServer | undefined;
  afterEach(() => server?.remove());

  it('serves with JetStream as soon as it is started, and lies on its own port and folder', async () => {
    server = await startNats();
    const other = await startNats();
    expect(await greeting(server.port)).toMatchObject({ jetstream: true });
    expect(other.port).not.toBe(server.port);
    expect(server.url).toBe(`nats://127.0.0.1:${server.port}`);
    await other.remove();
    expect(existsSync(other.dataDir)).toBe(false);
  });

  it('keeps its data over stop and kill, and loses it when wiped', async () => {
    server = await startNats();
    const { dataDir } = server;
    const { server_name: before } = await greeting(server.port);
    await waitFor(() => readdirSync(dataDir).length > 0, { what: 'it writes' });
    await server.stop();
    expect(server.running).toBe(false);
    expect(readdirSync(dataDir).length).toBeGreaterThan(0);
    await expect(greeting(server.port)).rejects.toThrow();
    await server.start();
    await server.start();
    expect((await greeting(server.port)).server_name).not.toBe(before);
    await server.kill();
    await server.wipe();
    expect(readdirSync(dataDir)).toEqual([]);
    expect(server.running).toBe(false);
    await server.start();
    await server.wipe();
    expect(server.running).toBe(true);
  });

  it('says why it does not start', async () => {
    server = await startNats();
    await expect(startNats({ port: server.port })).rejects.toThrow('nats-server ended');
  });

  it('asks for its token', async () => {
    server = await startNats({ token: 'secret' });
    const said = await new Promise<string>((resolve) => {
      let text = '';
      const socket = connect(server?.port ?? 0, '127.0.0.1', () => socket.write('CONNECT {}\r\nPING\r\n'));
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('close', () => resolve(text));
    });
    expect(said).toContain('Authorization Violation');
  });

  it('is the program that the environment names, or none', () => {
    const before = process.env.VMAN_NATS_SERVER;
    try {
      process.env.VMAN_NATS_SERVER = '/nowhere/nats-server';
      expect(() => findNatsServer()).toThrow('/nowhere/nats-server is not an executable file');
      process.env.VMAN_NATS_SERVER = import.meta.dirname;
      expect(() => findNatsServer()).toThrow('is not an executable file');
      process.env.VMAN_NATS_SERVER = process.execPath;
      expect(findNatsServer()).toBe(process.execPath);
    } finally {
      if (before === undefined) delete process.env.VMAN_NATS_SERVER;
      else process.env.VMAN_NATS_SERVER = before;
    }
  });
});
