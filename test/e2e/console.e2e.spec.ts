/** Consoles from end to end: the command on a terminal, intel, NATS, the operator, QEMU, and a Linux guest. */
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ConsoleTicketView, TemplateChangeView } from '#libs/contracts/http';
import { waitFor } from '#libs/testing';
import { ensureGuestImage } from '../../tools/provision/guest.mjs';
import { Pty } from '../cli/pty.js';
import { runVman } from '../cli/run-vman.js';
import { WebConsole } from '../intel/web-console.js';
import { fetchPicture, type RfbWire } from './rfb-client.js';
import { Stack } from './stack/stack.js';

const BOOT_MS = 120_000;
const LEAVE = '\u001d';

describe('the consoles of a guest', () => {
  let stack: Stack;
  let env: Record<string, string>;
  const tickets: string[] = [];
  const terminals: Pty[] = [];
  const terminal = (line: string) => {
    const pty = new Pty(line.split(' '), env);
    terminals.push(pty);
    return pty;
  };
  const open = async (kind: 'serial' | 'screen') => {
    const { ticket } = await stack.api.ask<ConsoleTicketView>('POST', '/v1/vms/guest/console', { kind });
    tickets.push(ticket);
    return WebConsole.open(Number(new URL(stack.intel.url).port), ticket);
  };
  const wireOf = (console: WebConsole): RfbWire => ({
    bytes: () => console.bytes,
    send: (bytes) => console.socket.send(bytes),
  });

  beforeAll(async () => {
    const image = await ensureGuestImage();
    stack = await Stack.start({ importPath: dirname(image.path) });
    env = { VMAN_URL: stack.intel.url, VMAN_TOKEN_FILE: join(stack.folder, 'token') };
    const { operation } = await stack.api.ask<TemplateChangeView>('POST', '/v1/templates', {
      name: 'demo',
      format: image.format,
      source: { type: 'file', path: image.path.split('/').at(-1) },
    });
    await stack.api.finished(operation);
    const made = await stack.api.createVm({ name: 'guest', template: 'demo', memoryMiB: 256, vnc: true });
    expect((await stack.api.finished(made.operation)).status).toBe('succeeded');
  }, 300_000);
  afterAll(async () => {
    for (const each of terminals) each.kill();
    await stack?.stop();
  }, 60_000);

  it(
    'a person logs in at a terminal, types, is answered, and leaves',
    async () => {
      const pty = terminal('vm console guest');
      await pty.shows('Ctrl-] leaves');
      // A line that comes before the shell listens is lost.
      await waitFor(
        () => {
          pty.type('\r');
          return pty.shown.includes('# ');
        },
        { timeoutMs: BOOT_MS, everyMs: 500, what: 'the shell of the guest asks' },
      );
      pty.type('echo the-answer-is-$((6 * 7))\r');
      await pty.shows('the-answer-is-42');
      // Ctrl-C is the guest's, too.
      pty.type('stty raw -echo; echo wai""ting; dd bs=1 count=1 2>/dev/null | hexdump -C; stty sane\r');
      await pty.shows('waiting');
      pty.type('\u0003');
      await pty.shows('00000000  03 ');
      pty.type(LEAVE);
      expect(await pty.ends()).toBe(0);
    },
    BOOT_MS + 60_000,
  );

  it('who comes later sees what was said, also in a pipe', async () => {
    const piped = await runVman(['vm', 'console', 'guest'], env, 'echo pi""ped\r');
    expect(piped).toMatchObject({ exitCode: 0, stderr: '' });
    expect(piped.stdout).toContain('the-answer-is-42');
    expect(piped.stdout).toContain('piped');
  }, 60_000);

  it('the screen is fetched through the API: a handshake, and a picture', async () => {
    const console = await open('screen');
    const picture = await fetchPicture(wireOf(console));
    expect(picture.name).toContain('QEMU');
    expect(picture.width * picture.height).toBeGreaterThan(640 * 350);
    const shades = new Set(
      Array.from({ length: 2_000 }, (_, at) => picture.pixels.readUInt32LE(at * 4 * 97)),
    );
    expect(shades.size).toBeGreaterThan(1);
    console.socket.close();
  }, 60_000);

  it('a viewer on this machine sees it through the command', async () => {
    const pty = terminal('vm screen guest');
    await pty.shows(/127\.0\.0\.1:(\d+)/);
    const viewer = connect(Number(/127\.0\.0\.1:(\d+)/.exec(pty.shown)?.[1]), '127.0.0.1');
    const got: Buffer[] = [];
    viewer.on('data', (bytes) => void got.push(bytes));
    const wire = { bytes: () => Buffer.concat(got), send: (bytes: Buffer) => void viewer.write(bytes) };
    expect((await fetchPicture(wire)).name).toContain('QEMU');
    viewer.destroy();
    expect(await pty.ends()).toBe(0);
  }, 60_000);

  it('intel that is restarted ends them, and they are opened again', async () => {
    const before = await open('serial');
    await before.says('\n', 30_000);
    await stack.intel.end('SIGKILL');
    expect(await before.ends()).toMatchObject({ code: 1006 });
    stack.intel.start();
    await stack.intel.ready();
    const after = await waitFor(() => open('serial').catch(() => undefined), {
      timeoutMs: 30_000,
      what: 'intel gives tickets again',
    });
    await after.says('\n', 30_000);
    after.socket.close();
  }, 90_000);

  it('an operator that is killed loses them, and takes them again when it is back', async () => {
    const before = await open('serial');
    await before.says('\n', 30_000);
    await stack.operator.end('SIGKILL');
    stack.operator.start();
    await stack.operator.ready();
    await waitFor(() => before.closed, { timeoutMs: 30_000, what: 'the old one ends' });
    expect(before.closed).toMatchObject({ code: 4503, reason: expect.stringMatching(/^lost/) });
    const pty = terminal('vm console guest');
    await waitFor(
      () => {
        pty.type('echo still-he""re\r');
        return pty.shown.includes('still-here');
      },
      { timeoutMs: 30_000, everyMs: 500, what: 'the guest answers' },
    );
    pty.type(LEAVE);
    expect(await pty.ends()).toBe(0);
  }, 90_000);

  it('the power cut ends them, and a VM without power has none', async () => {
    const pty = terminal('vm console guest');
    await pty.shows('Ctrl-] leaves');
    await pty.shows('still-here');
    await runVman(['vm', 'stop', 'guest'], env);
    await pty.shows('guest has stopped.');
    expect(await pty.ends()).toBe(0);
    const refused = await runVman(['vm', 'console', 'guest'], env);
    expect(refused).toMatchObject({ exitCode: 6, stderr: expect.stringContaining('[invalid_state]') });
  }, 60_000);

  it('no log of any service holds a ticket', () => {
    const logs = readdirSync(join(stack.folder, 'logs'));
    expect([logs.length > 2, tickets.length > 2]).toEqual([true, true]);
    for (const log of logs) {
      const text = readFileSync(join(stack.folder, 'logs', log), 'utf8');
      for (const ticket of tickets) expect(text.includes(ticket)).toBe(false);
    }
  });
});
