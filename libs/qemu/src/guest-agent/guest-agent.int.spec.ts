import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openSocket } from '../qmp/index.js';
import { GuestAgentClient } from './index.js';

const QEMU_GA = 'qemu-ga';
const isHere = spawnSync(QEMU_GA, ['--version']).status === 0;

/** The real agent, running on this machine as if it were the guest; only harmless commands are sent to it. */
(isHere ? describe : describe.skip)('a real qemu-ga', () => {
  let folder: string;
  let agent: ReturnType<typeof spawn>;
  let client: GuestAgentClient;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vman-ga-real-'));
    const socket = join(folder, 'ga.sock');
    const args = ['-m', 'unix-listen', '-p', socket, '-t', folder, '-f', join(folder, 'pid')];
    agent = spawn(QEMU_GA, args, { stdio: 'ignore' });
    (await openSocket(socket, { waitMs: 5_000 })).destroy();
    client = await GuestAgentClient.connect(socket);
  });
  afterAll(async () => {
    client.close();
    agent.kill('SIGKILL');
    await once(agent, 'exit');
    await rm(folder, { recursive: true });
  });

  it('answers ping, and tells its addresses and its system', async () => {
    await client.ping();
    const loopback = (await client.networkInterfaces()).find(({ name }) => name === 'lo');
    expect(loopback?.addresses).toContainEqual({ address: '127.0.0.1', family: 'ipv4', prefix: 8 });
    const info = await client.osInfo();
    expect(info.kernelRelease).toMatch(/^\d/);
    expect(info.machine).toBe(process.arch === 'arm64' ? 'aarch64' : 'x86_64');
  });

  it('runs a program with input and tells both outputs and the exit code', async () => {
    const script = 'cat; echo "$WORD" >&2; exit 3';
    const result = await client.exec({
      path: '/bin/sh',
      args: ['-c', script],
      env: ['WORD=err'],
      stdin: Buffer.from('in'),
      timeoutMs: 10_000,
    });
    expect(result).toEqual({
      exitCode: 3,
      signal: undefined,
      stdout: Buffer.from('in'),
      stderr: Buffer.from('err\n'),
      truncated: false,
    });
  });

  it('tells which signal ended a program', async () => {
    const result = await client.exec({ path: '/bin/sh', args: ['-c', 'kill -9 $$'], timeoutMs: 10_000 });
    expect(result).toMatchObject({ exitCode: undefined, signal: 9 });
  });

  it('refuses a program that is not there', async () => {
    const exec = client.exec({ path: '/no/such/program', timeoutMs: 5_000 });
    await expect(exec).rejects.toMatchObject({ errorClass: 'GenericError' });
  });

  it('writes and reads files that are larger than one message', async () => {
    const path = join(folder, 'file');
    const data = Buffer.alloc(700_000, 'vman ');
    await client.writeFile(path, data);
    expect((await readFile(path)).equals(data)).toBe(true);
    expect((await client.readFile(path, 10_000_000)).equals(data)).toBe(true);
    expect((await client.readFile(path, 10)).toString()).toBe('vman vman ');
    await writeFile(path, '');
    expect(await client.readFile(path, 10)).toHaveLength(0);
    await expect(client.readFile(join(folder, 'none'), 10)).rejects.toThrow(/No such file/);
  });
});
