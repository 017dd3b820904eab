/**
 * Looks for cgroups that the operator may make: below its own, so that whatever limits the operator as a whole, such
 * as a container, limits the guests too. Of version 1 the controllers cpu and memory are used, each in its own tree.
 * Version 2 hands controllers down only from the root, or from a cgroup without processes of its own.
 */
import { access, constants, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CgroupParent, Cgroups } from './cgroups.js';

const OURS = 'vman';

export interface CgroupFiles {
  /** As /proc/self/mountinfo. */
  mountinfo: string;
  /** As /proc/self/cgroup. */
  own: string;
}

interface Mount {
  root: string;
  point: string;
  type: string;
  options: string[];
}

/** The cgroups of this host, or why there are none to use. */
export async function findCgroups(files?: CgroupFiles): Promise<Cgroups | string> {
  const { mountinfo, own } = files ?? {
    mountinfo: await readFile('/proc/self/mountinfo', 'utf8'),
    own: await readFile('/proc/self/cgroup', 'utf8'),
  };
  const mounts = mountinfo.split('\n').flatMap(parseMount);
  try {
    const [cpu, memory] = ['cpu', 'memory'].map((controller) =>
      mounts.find((it) => it.type === 'cgroup' && it.options.includes(controller)),
    );
    if (cpu && memory) {
      return new Cgroups('cgroup-v1', [
        await prepare({ controller: 'cpu', folder: folderOf(cpu, ownPath(own, 'cpu')) }),
        await prepare({ controller: 'memory', folder: folderOf(memory, ownPath(own, 'memory')) }),
      ]);
    }
    const unified = mounts.find((it) => it.type === 'cgroup2');
    if (!unified) return 'the host has no cgroups of cpu and memory';
    const folder = folderOf(unified, ownPath(own, ''));
    await handDown(folder);
    const parent = await prepare({ controller: 'both', folder });
    await handDown(parent.folder);
    return new Cgroups('cgroup-v2', [parent]);
  } catch (error) {
    return `the cgroups of this host cannot be used: ${(error as Error).message}`;
  }
}

async function prepare({ controller, folder }: CgroupParent): Promise<CgroupParent> {
  const ours = join(folder, OURS);
  await mkdir(ours).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await access(ours, constants.W_OK);
  return { controller, folder: ours };
}

async function handDown(folder: string): Promise<void> {
  const there = (await readFile(join(folder, 'cgroup.controllers'), 'utf8')).trim().split(' ');
  const missing = ['cpu', 'memory'].filter((controller) => !there.includes(controller));
  if (missing.length > 0) throw new Error(`no ${missing.join(' and ')} controller is handed to the operator`);
  await writeFile(join(folder, 'cgroup.subtree_control'), '+cpu +memory');
}

/** `id parent device root point options... - type source options`. */
function parseMount(line: string): Mount[] {
  const [head = '', tail = ''] = line.split(' - ');
  const [, , , root, point] = head.split(' ');
  const [type, , options] = tail.split(' ');
  if (!root || !point || !type?.startsWith('cgroup')) return [];
  return [{ root, point, type, options: options?.split(',') ?? [] }];
}

/** The operator's own cgroup in the tree of a controller; version 2 has no name. */
function ownPath(own: string, controller: string): string {
  for (const line of own.split('\n')) {
    const [, names = '', path = '/'] = line.split(':');
    if (line !== '' && names.split(',').includes(controller)) return path;
  }
  return '/';
}

/** Where a cgroup is in the file system; the mount's own root when it lies outside of it. */
function folderOf({ root, point }: Mount, path: string): string {
  const below =
    root === '/' ? path : path.startsWith(`${root}/`) || path === root ? path.slice(root.length) : '/';
  return below.includes('..') ? point : join(point, below);
}
