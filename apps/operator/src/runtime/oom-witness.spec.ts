import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OomWitness, parseKill } from './oom-witness.js';

const KILL =
  '3,1490,5000000000,-;Out of memory: Killed process 4711 (vman-3d4c5b6a) total-vm:1kB, anon-rss:1kB\n';
const CGROUP = '3,1491,6000000000,-;Memory cgroup out of memory: Killed process 4712 (qemu) total-vm:1kB\n';

describe('a kill for memory', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'vman-oom-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is read from a record of the kernel', () => {
    expect(parseKill(KILL)).toEqual({ pid: 4711, atUs: 5_000_000_000 });
    expect(parseKill(CGROUP)).toEqual({ pid: 4712, atUs: 6_000_000_000 });
    expect(parseKill('6,1,0,-;usb 1-1: new device\n')).toBeUndefined();
    expect(parseKill('6,1,0,-;user text; Out of memory: Killed process 1 (x)\n')).toBeUndefined();
  });

  it('counts for the process that lived then, and for no later one with its pid', () => {
    const log = join(folder, 'kmsg');
    writeFileSync(log, KILL);
    const witness = new OomWitness(log);
    expect(witness.killed(4711, 499_000, 'SIGKILL')).toBe(true);
    expect(witness.killed(4711, 600_000, 'SIGKILL')).toBe(false);
    expect(witness.killed(9, 1, 'SIGKILL')).toBe(false);
    writeFileSync(log, CGROUP, { flag: 'a' });
    expect(witness.killed(4712, 1, undefined)).toBe(true);
  });

  it('is not assumed where the log cannot be read and the counter of the host stands still', () => {
    const witness = new OomWitness(join(folder, 'none'));
    witness.look();
    expect(witness.killed(4711, 1, 'SIGKILL')).toBe(false);
    expect(witness.killed(4711, 1, undefined)).toBe(false);
  });
});
