import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { expectNoLeftovers } from './expect-no-leftovers.js';

describe('what a test leaves behind', () => {
  it('is nothing when it cleaned up, apart from what it may leave', async () => {
    const leftovers = expectNoLeftovers();
    mkdirSync(join(leftovers.folder, 'images'));
    writeFileSync(join(leftovers.folder, 'images', 'base'), '');
    await leftovers.check({ allowed: ['images/'] });
    expect(existsSync(leftovers.folder)).toBe(false);
  });

  it('fails the test when it is a file', async () => {
    const leftovers = expectNoLeftovers();
    mkdirSync(join(leftovers.folder, 'vms'));
    writeFileSync(join(leftovers.folder, 'vms', 'disk.qcow2'), '');
    await expect(leftovers.check()).rejects.toThrow('the test left behind:\n  vms/disk.qcow2');
    expect(existsSync(leftovers.folder)).toBe(false);
  });

  it('fails the test when it is a process, and ends that', async () => {
    const leftovers = expectNoLeftovers();
    const named = spawn('sleep', ['600'], { cwd: leftovers.folder });
    const watched = spawn('sleep', ['601']);
    leftovers.watch(watched.pid ?? 0);
    const ends = Promise.all([once(named, 'exit'), once(watched, 'exit')]);
    await expect(leftovers.check()).rejects.toThrow(/process \d+: sleep 600[\s\S]*process \d+: sleep 601/);
    await ends;
  });
});
