/**
 * What the QEMU user may reach: it writes to the disks of its VM, its console log, its firmware variables and its run
 * folder, reads images and seeds, and passes through the folders above them without reading their names. It can make
 * files nowhere but in the run folder of its VM. Modes are set before each launch, so files of an operator that ran
 * differently before are right too. All VMs share one user: between them stand the sandbox and names nobody can list.
 *
 * Only what lies in the pools (the storage folder is one) and the run folder is touched. Without a user, nothing is.
 */
import { chmod, chown, open, stat } from 'node:fs/promises';
import { dirname, sep } from 'node:path';
import type { Confinement } from '#libs/contracts';
import type { QemuSpec } from '#libs/qemu';
import type { StoragePaths } from '../storage/paths.js';
import { passes, type UserChoice } from './qemu-user.js';

export class QemuAccess {
  readonly told: Pick<Confinement, 'user' | 'userReason'>;

  constructor(
    private readonly choice: UserChoice,
    private readonly paths: StoragePaths,
  ) {
    this.told = choice.user
      ? { user: choice.user.name, userReason: '' }
      : { user: '', userReason: choice.reason };
  }

  get user() {
    return this.choice.user;
  }

  /** Opens what lies above all VMs; once at the start. */
  async openFolders(): Promise<void> {
    const { host, images, vms, run } = this.paths;
    for (const folder of [dirname(host), images, vms, run]) await this.passable(folder);
  }

  /** Gives QEMU what this machine consists of. The run folder and the files are there. */
  async grant(spec: QemuSpec): Promise<void> {
    if (!this.user) return;
    const run = dirname(spec.qmpSocket);
    await this.ownFolder(run);
    await (await open(spec.serial.logPath, 'a', 0o600)).close();
    await this.own(spec.serial.logPath);
    if (spec.firmware.kind === 'uefi') await this.own(spec.firmware.varsPath);
    if (spec.seedPath !== undefined) await this.lend(spec.seedPath);
    for (const disk of spec.disks) await this.grantDisk(disk);
  }

  /** Gives QEMU one disk with the images below it. */
  async grantDisk({
    layers: [top, ...below],
    readOnly,
  }: Pick<QemuSpec['disks'][number], 'layers' | 'readOnly'>) {
    if (readOnly) await this.lend(top.path);
    else await this.own(top.path);
    for (const layer of below) await this.lend(layer.path);
  }

  /** Gives QEMU a run folder of its own. */
  async ownFolder(folder: string): Promise<void> {
    if (!this.user) return;
    await chown(folder, this.user.uid, this.user.gid);
    await chmod(folder, 0o700);
  }

  /** Gives QEMU a file that it is to write; the way to it is opened. */
  async own(path: string): Promise<void> {
    if (!this.user || !(await this.reach(path))) return;
    await chown(path, this.user.uid, this.user.gid);
    await chmod(path, 0o600);
  }

  private async lend(path: string): Promise<void> {
    if (!this.user || !(await this.reach(path))) return;
    await chown(path, 0, this.user.gid);
    await chmod(path, 0o440);
  }

  /** Lets it pass through, and not list. */
  private async passable(folder: string): Promise<void> {
    if (!this.user) return;
    const found = await stat(folder);
    if (passes(this.user, found)) return;
    await chown(folder, found.uid, this.user.gid);
    await chmod(folder, (found.mode & 0o700) | 0o010);
  }

  /** Opens the way to a file of ours; false for one that is not. */
  private async reach(path: string): Promise<boolean> {
    const pool = this.paths.pools.find(({ folder }) => path.startsWith(folder + sep));
    if (!pool) return false;
    for (let folder = dirname(path); folder.startsWith(pool.folder); folder = dirname(folder)) {
      await this.passable(folder);
    }
    return true;
  }
}
