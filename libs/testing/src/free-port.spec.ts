import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { freePort, freePortRange } from './free-port.js';

describe('free ports', () => {
  it('are never given twice, and can be bound', async () => {
    const ports = await Promise.all(Array.from({ length: 50 }, () => freePort()));
    expect(new Set(ports).size).toBe(50);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(ports[0], '127.0.0.1', resolve));
    await new Promise((resolve) => server.close(resolve));
  });

  it('come in ranges that share none', async () => {
    const ranges = await Promise.all(Array.from({ length: 20 }, () => freePortRange()));
    const ports = ranges.flatMap(({ first, last }) =>
      Array.from({ length: last - first + 1 }, (_, index) => first + index),
    );
    expect(new Set(ports).size).toBe(20 * 50);
  });

  it('of a process that died are given again, those of a living one are not', async () => {
    const { stdout } = await promisify(execFile)('sh', ['-c', 'echo $$']);
    const held = await freePort();
    const file = `${process.env.TMPDIR ?? '/tmp'}/vman-test-ports/${held}`;
    expect(existsSync(file)).toBe(true);
    mkdirSync(`${process.env.TMPDIR ?? '/tmp'}/vman-test-ports`, { recursive: true });
    const random = Math.random;
    try {
      Math.random = () => (held - 20_000) / 9_000 + 1e-9;
      expect(await freePort()).not.toBe(held);
      writeFileSync(file, stdout.trim());
      expect(await freePort()).toBe(held);
    } finally {
      Math.random = random;
    }
  });
});
