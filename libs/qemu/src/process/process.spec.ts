import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { isSameProcess, killSameProcess, launchQemu, processStartTime, processStat } from './index.js';
import { parseStat } from './process-identity.js';

describe('a launched process', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vman-process-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const launch = (script: string, more: object = {}) =>
    launchQemu({
      ...{ binary: '/bin/sh', args: ['-c', script, 'the-uuid'], logPath: join(folder, 'log'), cwd: folder },
      ...more,
    });
  const log = () => readFile(join(folder, 'log'), 'utf8');

  it('leads its own session, in its folder, with nothing of our environment', async () => {
    const { pid, exited } = await launch('cut -d" " -f6 /proc/self/stat; pwd; env; echo bad >&2', {
      env: { VMAN_GIVEN: '1' },
    });
    expect(await exited).toEqual({ code: 0, signal: null });
    const lines = (await log()).trim().split('\n');
    expect(lines.slice(0, 2)).toEqual([String(pid), folder]);
    const names = lines.slice(2, -1).map((line) => line.split('=')[0]);
    expect(names.sort()).toEqual(['LANG', 'PATH', 'PWD', 'VMAN_GIVEN']);
    expect(lines.at(-1)).toBe('bad');
  });

  it('appends to the log, and inherits the descriptors given to it from 3 on', async () => {
    await writeFile(join(folder, 'data'), 'from descriptor 3\n');
    const fd = openSync(join(folder, 'data'), 'r');
    await (await launch('echo first')).exited;
    await (await launch('cat <&3', { fds: [fd] })).exited;
    closeSync(fd);
    expect(await log()).toBe('first\nfrom descriptor 3\n');
  });

  it('takes the user and group asked for', async () => {
    const { exited } = await launch('id -u; id -g', { uid: process.getuid?.(), gid: process.getgid?.() });
    await exited;
    expect(await log()).toBe(`${process.getuid?.()}\n${process.getgid?.()}\n`);
  });

  it('is known by pid, start time and a word of its command line, and killed only by these', async () => {
    const { pid, startTime, exited } = await launch('read never; exit 1', { fds: [] });
    const { pid: sleeper, startTime: begun, exited: ended } = await launch('sleep 60; exit');
    await exited;
    const identity = { pid: sleeper, startTime: begun ?? 0, uuid: 'the-uuid' };
    expect(begun).toBe(await processStartTime(sleeper));
    expect(await isSameProcess(identity)).toBe(true);
    expect(await isSameProcess({ ...identity, uuid: 'the-uui' })).toBe(false);
    expect(await killSameProcess({ ...identity, startTime: 1 })).toBe(false);
    expect(await killSameProcess(identity)).toBe(true);
    expect(await ended).toEqual({ code: null, signal: 'SIGKILL' });
    expect(await isSameProcess({ pid, startTime: startTime ?? 0, uuid: 'the-uuid' })).toBe(false);
    expect(await processStat(sleeper)).toBeUndefined();
  });

  it('is reported at once when there is no such program', async () => {
    await expect(launch('', { binary: '/no/such/qemu' })).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('parseStat', () => {
  it('is not misled by a process name made to look like fields', () => {
    const tail = `${'0 '.repeat(18)}4242 0`;
    expect(parseStat(`12 (a) S 1 (b) Z ${tail}\n`)).toEqual({ state: 'Z', startTime: 4242 });
  });
});
