import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Cgroups } from './cgroups.js';
import { findCgroups } from './find-cgroups.js';

const VM = '0198b1f0-7a11-7c3e-9d55-1f2e3d4c5b6a';
const LIMITS = { cpuWeight: 200, memoryBytes: 1 << 30 };

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vman-cgroups-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const folder = (path: string) => mkdirSync(join(root, path), { recursive: true });
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const v1 = (mountRoot = '/') =>
  ['cpu,cpuacct', 'memory']
    .map((it) => `31 1 0:1 ${mountRoot} ${root}/${it} rw - cgroup cgroup rw,${it}`)
    .join('\n');

async function found(mountinfo: string, own: string): Promise<Cgroups> {
  const cgroups = await findCgroups({ mountinfo, own });
  if (typeof cgroups === 'string') throw new Error(cgroups);
  return cgroups;
}

describe('cgroups of version 1', () => {
  it("are made below the operator's own, each controller in its tree", async () => {
    folder('cpu,cpuacct/agent');
    folder('memory/other');
    const cgroups = await found(v1(), '2:cpu,cpuacct:/agent\n3:memory:/other\n');
    await cgroups.put(VM, 4242, LIMITS);
    expect(read('cpu,cpuacct/agent/vman/1f2e3d4c5b6a/cpu.shares')).toBe('2048');
    expect(read('memory/other/vman/1f2e3d4c5b6a/memory.limit_in_bytes')).toBe(String(1 << 30));
    expect(read('memory/other/vman/1f2e3d4c5b6a/cgroup.procs')).toBe('4242');
  });

  it('are made at the top of what a container sees', async () => {
    folder('cpu,cpuacct');
    folder('memory');
    await (await found(v1('/docker/1'), '2:cpu,cpuacct:/docker/1\n3:memory:/docker/1\n')).put(VM, 1, LIMITS);
    expect(existsSync(join(root, 'memory/vman/1f2e3d4c5b6a'))).toBe(true);
  });

  it('are removed with the VM, also when they were never made', async () => {
    folder('cpu,cpuacct/vman/1f2e3d4c5b6a');
    folder('memory');
    await (await found(v1(), '2:cpu,cpuacct:/\n3:memory:/\n')).remove(VM);
    expect(existsSync(join(root, 'cpu,cpuacct/vman/1f2e3d4c5b6a'))).toBe(false);
  });
});

describe('cgroups of version 2', () => {
  const mountinfo = () => `31 1 0:1 / ${root} rw - cgroup2 cgroup2 rw`;
  const controllers = (path: string, words: string) => {
    folder(path);
    writeFileSync(join(root, path, 'cgroup.controllers'), words);
  };

  it('hold the weight and the limit in one', async () => {
    controllers('', 'cpuset cpu memory pids\n');
    controllers('vman', 'cpu memory\n');
    const cgroups = await found(mountinfo(), '0::/\n');
    await cgroups.put(VM, 4242, LIMITS);
    expect(cgroups.kind).toBe('cgroup-v2');
    expect(read('cgroup.subtree_control')).toBe('+cpu +memory');
    expect(read('vman/1f2e3d4c5b6a/cpu.weight')).toBe('200');
    expect(read('vman/1f2e3d4c5b6a/memory.max')).toBe(String(1 << 30));
    expect(read('vman/1f2e3d4c5b6a/cgroup.procs')).toBe('4242');
  });

  it('are of no use without the controllers', async () => {
    controllers('service', 'pids\n');
    expect(await findCgroups({ mountinfo: mountinfo(), own: '0::/service\n' })).toContain(
      'no cpu and memory',
    );
  });
});

describe('a host without cgroups', () => {
  it('says so', async () => {
    expect(await findCgroups({ mountinfo: '', own: '' })).toContain('no cgroups');
    expect(await findCgroups({ mountinfo: v1(), own: '' })).toContain('cannot be used');
  });
});
