import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '#libs/testing';
import { TcpProxy } from './tcp-proxy.js';

describe('the fault proxy', () => {
  let echo: Server;
  let proxy: TcpProxy;
  let client: Socket;
  let received = '';
  /** What the connection that was dialled last went through. */
  let seen = { heard: '', closed: false };

  const dial = async () => {
    const own = { heard: '', closed: false };
    seen = own;
    const socket = connect(proxy.port, '127.0.0.1');
    socket.on('data', (chunk) => {
      own.heard += chunk;
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      own.closed = true;
    });
    await once(socket, 'connect');
    return socket;
  };
  const hears = (text: string) => waitFor(() => seen.heard === text, { what: `"${text}" came back` });
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

  beforeEach(async () => {
    received = '';
    echo = createServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', (chunk) => {
        received += chunk;
        socket.write(chunk);
      });
      socket.on('end', () => socket.end());
    });
    echo.listen(0, '127.0.0.1');
    await once(echo, 'listening');
    proxy = await TcpProxy.start({ host: '127.0.0.1', port: (echo.address() as AddressInfo).port });
    client = await dial();
  });
  afterEach(async () => {
    client.destroy();
    await proxy.stop();
    echo.close();
  });

  it('passes everything on in both directions', async () => {
    const long = 'x'.repeat(1_000_000);
    client.write(long);
    await hears(long);
  });

  it('delays without changing the order, also when later chunks wait for less', async () => {
    const waits = [60, 0, 20, 0, 0, 0];
    proxy.slow(() => waits.shift() ?? 0);
    const begun = performance.now();
    for (const word of ['one ', 'two ', 'three']) {
      client.write(word);
      await pause(5);
    }
    await hears('one two three');
    expect(performance.now() - begun).toBeGreaterThanOrEqual(59);
  });

  it('holds one direction back and loses nothing when it heals', async () => {
    proxy.stall('to-client');
    client.write('held');
    await waitFor(() => received === 'held', { what: 'the server got it' });
    await pause(50);
    expect(seen.heard).toBe('');
    proxy.heal();
    await hears('held');
    proxy.stall('to-server');
    client.write(' back');
    await pause(50);
    expect(received).toBe('held');
    proxy.heal();
    await hears('held back');
  });

  it('takes connections while it stalls, and they hear nothing', async () => {
    proxy.stall('both');
    const late = await dial();
    late.write('late');
    await pause(50);
    expect(seen.heard).toBe('');
    proxy.heal();
    await hears('late');
    late.destroy();
  });

  it('cuts what is open and refuses what is new until it heals', async () => {
    proxy.cut();
    await waitFor(() => seen.closed, { what: 'the connection was reset' });
    await waitFor(() => proxy.connections === 0, { what: 'none is left' });
    const refused = await dial().catch(() => undefined);
    if (refused) await waitFor(() => seen.closed, { what: 'the new one was reset' });
    proxy.heal();
    client = await dial();
    client.write('again');
    await hears('again');
  });

  it('passes an orderly end on', async () => {
    client.end('last words');
    await waitFor(() => seen.closed, { what: 'the other end closed too' });
    expect(seen.heard).toBe('last words');
  });

  it('resets its client when the server is away', async () => {
    await new Promise<void>((resolve) => {
      echo.close(() => resolve());
      proxy.reset();
    });
    const socket = await dial().catch(() => undefined);
    if (socket) await waitFor(() => seen.closed, { what: 'it was reset' });
  });
});
