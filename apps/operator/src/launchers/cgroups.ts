/**
 * A cgroup for each VM, `vman/<short id>`, with a CPU weight and a memory limit; removed after the end of its process.
 * A QEMU is moved there once it has started: so its start does not share the CPU of all guests with those that run,
 * and the kernel, which lets no thread begin while it moves a process (some ten milliseconds), does not hold it up.
 */
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { shortId } from '../storage/paths.js';
import type { VmLimits } from './limits.js';

export interface CgroupParent {
  controller: 'cpu' | 'memory' | 'both';
  folder: string;
}

/** Threads of a process that ended may take a moment longer than it. */
const EMPTY_TRIES = 10;
const EMPTY_STEP_MS = 20;
const CPU_SHARES = { perWeight: 10.24, max: 262_144 };

export class Cgroups {
  constructor(
    readonly kind: 'cgroup-v1' | 'cgroup-v2',
    private readonly parents: readonly CgroupParent[],
  ) {}

  /** Makes the VM's cgroups and moves the process, with all its threads, into them. */
  async put(vmId: string, pid: number, limits: VmLimits): Promise<void> {
    await Promise.all(
      this.parents.map(async (parent) => {
        const folder = join(parent.folder, shortId(vmId));
        await mkdir(folder, { recursive: true });
        for (const [file, value] of settings(parent.controller, limits)) {
          await writeFile(join(folder, file), String(value));
        }
        await writeFile(join(folder, 'cgroup.procs'), String(pid));
      }),
    );
  }

  /** Whether the process is in cgroups of this name already, wherever they are. */
  async holds(vmId: string, pid: number): Promise<boolean> {
    const lines = (await readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => '')).split('\n');
    return lines.filter((line) => line.endsWith(`/vman/${shortId(vmId)}`)).length >= this.parents.length;
  }

  async remove(vmId: string): Promise<void> {
    await Promise.all(this.parents.map(({ folder }) => removeEmpty(join(folder, shortId(vmId)))));
  }
}

function settings(controller: CgroupParent['controller'], limits: VmLimits): [string, number][] {
  const { cpuWeight, memoryBytes } = limits;
  switch (controller) {
    case 'cpu':
      return [
        ['cpu.shares', Math.min(CPU_SHARES.max, Math.max(2, Math.round(cpuWeight * CPU_SHARES.perWeight)))],
      ];
    case 'memory':
      return [['memory.limit_in_bytes', memoryBytes]];
    case 'both':
      return [
        ['cpu.weight', cpuWeight],
        ['memory.max', memoryBytes],
      ];
  }
}

async function removeEmpty(folder: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await rmdir(folder);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') return;
      if (code !== 'EBUSY' || tries === EMPTY_TRIES) throw error;
      await pause(EMPTY_STEP_MS);
    }
  }
}
