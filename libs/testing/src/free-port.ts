/**
 * Ports for servers that tests start. Asking the kernel for "any" port gives it away again before the server binds;
 * between parallel workers that collides. So a port is reserved by a file that only one process can create, below
 * the range the kernel hands out, and is then tried. The files of dead processes are taken over.
 */
import { mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const FIRST = 20_000;
const COUNT = 9_000;
/** Above them, what whole ranges are taken from. */
const RANGES = { first: 29_000, size: 50, count: 70 };
const FOLDER = join(tmpdir(), 'vman-test-ports');

/** A TCP port on 127.0.0.1 that nobody uses and no other caller gets while this process lives. */
export async function freePort(): Promise<number> {
  mkdirSync(FOLDER, { recursive: true });
  const start = Math.floor(Math.random() * COUNT);
  for (let step = 0; step < COUNT; step++) {
    const port = FIRST + ((start + step) % COUNT);
    if (reserve(port) && (await isFree(port))) return port;
  }
  throw new Error(`no port is free from ${FIRST} to ${FIRST + COUNT - 1}`);
}

/** Ports that nobody uses and no other caller gets while this process lives; both ends included. */
export async function freePortRange(): Promise<{ first: number; last: number }> {
  mkdirSync(FOLDER, { recursive: true });
  const start = Math.floor(Math.random() * RANGES.count);
  for (let step = 0; step < RANGES.count; step++) {
    const first = RANGES.first + ((start + step) % RANGES.count) * RANGES.size;
    const ports = Array.from({ length: RANGES.size }, (_, index) => first + index);
    if (reserve(first) && (await Promise.all(ports.map(isFree))).every(Boolean)) {
      return { first, last: first + RANGES.size - 1 };
    }
  }
  throw new Error('no range of ports is free');
}

function reserve(port: number): boolean {
  const file = join(FOLDER, String(port));
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    if (isHeld(file)) return false;
    try {
      unlinkSync(file);
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      return true;
    } catch {
      return false;
    }
  }
}

function isHeld(file: string): boolean {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    if (!Number.isInteger(pid) || pid <= 0) return true;
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
