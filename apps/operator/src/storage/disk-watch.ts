/**
 * Looks at the disk files of this host now and then: one that vanished is told though nothing else happens to its VM,
 * and so is one that no VM here holds or asks for. Nothing is ever removed or made on the word of this look.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '#libs/clock';
import type { StrayDisk } from '#libs/contracts';
import { heldDisks } from '../disks/held-disks.js';
import type { Host } from '../host.js';
import type { Vm } from '../reconcile/vm.js';
import { listFolder } from './paths.js';
import { readFiles } from './read-files.js';

const LOOK_EVERY_MS = 20_000;
/** A folder in which a name came or went is looked at sooner, but no more often than this. */
const LOOK_AFTER_CHANGE_MS = 4_000;
const DISK = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.qcow2$/;

export class DiskWatch {
  /** Undefined before the first look. */
  strays: { disks: StrayDisk[] } | undefined;
  private lookedAt = Number.NEGATIVE_INFINITY;
  private lookedAtNames = '';

  constructor(private readonly clock: Clock) {}

  /** `vms` are adopted. */
  async lookNowAndThen(host: Host, vms: readonly Vm[]): Promise<void> {
    const now = this.clock.monotonic();
    if (now - this.lookedAt < LOOK_AFTER_CHANGE_MS) return;
    const names = await timesOf(host.pools.ownDisksFolders.map((it) => it.folder));
    if (names === this.lookedAtNames && now - this.lookedAt < LOOK_EVERY_MS) return;
    Object.assign(this, { lookedAt: now, lookedAtNames: names });
    for (const vm of vms) await this.lookAtVm(host, vm);
    this.strays = { disks: await findStrays(host, vms) };
  }

  /** Only of a VM at rest: a pass reads its files itself. */
  private async lookAtVm(host: Host, vm: Vm): Promise<void> {
    const { desired } = vm;
    if (desired?.presence !== 'present' || vm.gone || vm.step !== undefined) return;
    if (vm.status.observedGeneration !== desired.generation) return;
    const files = await readFiles(vm, host);
    if (vm.desired !== desired || vm.step !== undefined) return;
    vm.files = files;
    host.reporter.tell(vm);
  }
}

/** When a name last came or went in each of these folders. */
async function timesOf(folders: string[]): Promise<string> {
  const times = folders.map((it) => stat(it).then(({ mtimeMs }) => mtimeMs, String));
  return (await Promise.all(times)).join();
}

async function findStrays(host: Host, vms: readonly Vm[]): Promise<StrayDisk[]> {
  const held = heldDisks(vms);
  const found = await Promise.all(
    host.pools.ownDisksFolders.map(async ({ poolId, folder }) => {
      const ids = (await listFolder(folder)).flatMap((name) => DISK.exec(name)?.[1] ?? []);
      return Promise.all(ids.filter((id) => !held.has(id)).map((diskId) => strayOf(folder, poolId, diskId)));
    }),
  );
  return found.flat().filter((it) => it !== undefined);
}

/** undefined: it is gone already. */
async function strayOf(folder: string, poolId: string, diskId: string): Promise<StrayDisk | undefined> {
  const known = await stat(join(folder, `${diskId}.qcow2`)).catch(() => undefined);
  return known && { diskId, poolId, fileBytes: known.blocks * 512 };
}
