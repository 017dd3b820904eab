import { appendFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { systemClock } from '#libs/clock';
import type { QmpClient } from '#libs/qemu';
import { testFolder, waitFor } from '#libs/testing';
import type { ConsoleLine, LineListener } from './console-line.js';
import { RING_BYTES, SerialHub } from './serial-hub.js';

const folder = testFolder('hub');
const log = join(folder, 'serial.log');
const path = join(folder, 's');
let qemu: Server;
let wire: Socket | undefined;
let closed: number;
/** What QEMU says at the moment that it takes the connection. */
let greeting = Buffer.alloc(0);

beforeEach(async () => {
  wire = undefined;
  closed = 0;
  writeFileSync(log, 'before\n');
  qemu = createServer((socket) => {
    wire = socket;
    say(greeting);
  });
  await new Promise<void>((resolve) => qemu.listen(path, resolve));
});
afterEach(async () => {
  wire?.destroy();
  await new Promise((resolve) => qemu.close(resolve));
});

function say(bytes: Buffer): void {
  wire?.write(bytes);
  appendFileSync(log, bytes);
}

/** A monitor that answers as QEMU does. */
const qmp = {
  execute: async () => [{ label: 'serial0', filename: `${wire ? '' : 'disconnected:'}unix:s,server=on` }],
} as unknown as QmpClient;

const open = () =>
  SerialHub.open({ socket: path, log, qmp, clock: systemClock, onClosed: () => void closed++ });

class Viewer implements LineListener {
  got = '';
  ended: (string | undefined)[] = [];
  line!: ConsoleLine;
  reading = true;
  onReadable(): void {
    for (let bytes = this.next(); bytes; bytes = this.next()) this.got += bytes.toString('latin1');
  }
  onEnd(reason?: string): void {
    this.ended.push(reason);
  }
  private next(): Buffer | undefined {
    return this.reading ? this.line.read(1000) : undefined;
  }
}

function viewerOf(hub: SerialHub, replayBytes = 1000): Viewer {
  const viewer = new Viewer();
  const listener = { onReadable: () => viewer.onReadable(), onEnd: (why?: string) => viewer.onEnd(why) };
  viewer.line = hub.join(listener as LineListener, replayBytes);
  viewer.onReadable();
  return viewer;
}

it('what the log and the connection both have is shown once', async () => {
  greeting = Buffer.from('while it connects\n');
  const viewer = viewerOf(await open());
  say(Buffer.from('after\n'));
  await waitFor(() => viewer.got.endsWith('after\n'), { what: 'it is shown' });
  expect(viewer.got).toBe('before\nwhile it connects\nafter\n');
  viewer.line.close();
});

it('a reader that falls behind the ring is cut, and nobody else waits for it', async () => {
  greeting = Buffer.alloc(0);
  const hub = await open();
  const [slow, quick] = [viewerOf(hub, 0), viewerOf(hub, 0)];
  slow.reading = false;
  const sent = RING_BYTES * 3;
  say(Buffer.alloc(sent, 'x'));
  await waitFor(() => quick.got.length === sent, { what: 'the other one has it all' });
  expect(slow.ended[0]).toBe('too-slow');
  slow.reading = true;
  slow.onReadable();
  expect([slow.got, quick.ended]).toEqual(['', []]);
  for (const each of [slow, quick]) each.line.close();
});

it('the last one who leaves closes the connection, and QEMU ends all', async () => {
  greeting = Buffer.alloc(0);
  const hub = await open();
  const one = viewerOf(hub);
  one.line.close();
  expect(closed).toBe(1);
  expect(() => viewerOf(hub)).toThrow('stopped');
  const next = await open();
  const two = viewerOf(next);
  await waitFor(() => wire?.readyState === 'open', { what: 'it is connected' });
  wire?.destroy();
  await waitFor(() => two.ended.length > 0, { what: 'its end is seen' });
  expect([two.ended, closed]).toEqual([[undefined], 2]);
});
