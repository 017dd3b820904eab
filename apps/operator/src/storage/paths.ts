/**
 * Where everything of this host lies. Every name is made of UUIDs and digests that passed the wire's checks, so that
 * no text of a user ever becomes part of a path.
 *
 *   <storage>/host.json operator.lock
 *   <storage>/images/<digest>                      images, complete and verified
 *   <pool>/pool.json                               which pool this is; the storage folder is the pool `local`
 *   <pool>/disks/<disk>.qcow2                      whatever VM has them
 *   <pool>/disks/<disk>.<time>.quarantined         that nobody knew (disks/quarantine.ts)
 *   <pool>/uefi/<vm>.fd                            variables of a VM with failover (steps/uefi-variables.ts)
 *   <pool>/machines/<vm>.json                      and its machine's version (steps/machine-record.ts)
 *   <pool>/snapshots/<vm>/<snapshot>.json          snapshots of VMs (snapshots/snapshot-record.ts)
 *   <pool>/backups/<backup>/                     backups of VMs (backups/backup-files.ts)
 *   <storage>/pools.json                           which pools this host has seen
 *   <storage>/vms/<vm>/{desired,status,process,freeze}.json, serial.log, qemu.log, uefi-vars.fd, seed.iso, exits/
 *   <storage>/commands/<operation>.json            journal of one-shot commands
 *   <storage>/commands/reserve                     room for it on a full disk
 *   <storage>/tombstones/<vm>.json
 *   <storage>/networks/                            what was made for networks, see NetworkRecords
 *   <run>/<short id>/{qmp,serial,agent,vnc}.sock, pid  sockets, on a path short enough for the kernel
 */
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { PoolDeclaration } from '#libs/config';

export interface StoragePaths {
  readonly host: string;
  readonly lock: string;
  readonly images: string;
  readonly vms: string;
  /** Where disks can lie; the storage folder is the first. */
  readonly pools: readonly PoolDeclaration[];
  readonly knownPools: string;
  readonly commands: string;
  readonly tombstones: string;
  readonly networks: string;
  readonly run: string;
  image(digest: string): string;
  vm(vmId: string): VmPaths;
}

export interface VmPaths {
  readonly folder: string;
  readonly desired: string;
  readonly status: string;
  readonly process: string;
  readonly freeze: string;
  readonly exits: string;
  readonly uefiVars: string;
  readonly seed: string;
  readonly serialLog: string;
  readonly qemuLog: string;
  readonly run: string;
  readonly pidFile: string;
}

const PRIVATE = 0o700;
/** The storage folder, as a pool. */
const LOCAL_POOL = 'local';

/** The random end of a UUID v7: unique on a host, and short enough for a socket path. */
export function shortId(vmId: string): string {
  return vmId.slice(-12);
}

export function storagePaths(
  storage: string,
  run: string,
  pools: readonly PoolDeclaration[] = [],
): StoragePaths {
  const at = (...parts: string[]) => join(storage, ...parts);
  return {
    host: at('host.json'),
    lock: at('operator.lock'),
    images: at('images'),
    vms: at('vms'),
    pools: [{ name: LOCAL_POOL, kind: 'dir', folder: storage }, ...pools],
    knownPools: at('pools.json'),
    commands: at('commands'),
    tombstones: at('tombstones'),
    networks: at('networks'),
    run,
    image: (digest) => at('images', digest),
    vm: (vmId) => ({
      folder: at('vms', vmId),
      desired: at('vms', vmId, 'desired.json'),
      status: at('vms', vmId, 'status.json'),
      process: at('vms', vmId, 'process.json'),
      freeze: at('vms', vmId, 'freeze.json'),
      exits: at('vms', vmId, 'exits'),
      uefiVars: at('vms', vmId, 'uefi-vars.fd'),
      seed: at('vms', vmId, 'seed.iso'),
      serialLog: at('vms', vmId, 'serial.log'),
      qemuLog: at('vms', vmId, 'qemu.log'),
      run: join(run, shortId(vmId)),
      pidFile: join(run, shortId(vmId), 'pid'),
    }),
  };
}

/** Makes the folders that are always there. */
export async function makeFolders(paths: StoragePaths): Promise<void> {
  for (const folder of [paths.images, paths.vms, paths.commands, paths.tombstones, paths.run]) {
    await mkdir(folder, { recursive: true, mode: PRIVATE });
  }
}

export async function makePrivateFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: PRIVATE });
}

/** Names in a folder; none when the folder is not there. */
export async function listFolder(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
