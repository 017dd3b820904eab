import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readJson, removeDurably, syncFolder, writeJson, writeJsonOfBoot } from './json-file.js';
import { listFolder, makePrivateFolder, type StoragePaths, type VmPaths } from './paths.js';
import type { DesiredRecord, ProcessRecord, StatusRecord } from './vm-records.js';
import { EMPTY_STATUS } from './vm-records.js';

/** The state files of one VM. */
export class VmStore {
  readonly paths: VmPaths;
  private folderIsDurable = false;

  constructor(
    private readonly storage: StoragePaths,
    readonly vmId: string,
    private readonly onDamage: (path: string) => void,
  ) {
    this.paths = storage.vm(vmId);
  }

  async load(): Promise<{ desired?: DesiredRecord; status: StatusRecord; process?: ProcessRecord }> {
    const [desired, status, process] = await Promise.all([
      readJson<DesiredRecord>(this.paths.desired, this.onDamage),
      readJson<StatusRecord>(this.paths.status, this.onDamage),
      readJson<ProcessRecord>(this.paths.process, this.onDamage),
    ]);
    return { desired, status: status ?? { ...EMPTY_STATUS }, process };
  }

  async saveDesired(record: DesiredRecord): Promise<void> {
    if (!this.folderIsDurable) {
      await makePrivateFolder(this.paths.folder);
      await syncFolder(this.storage.vms);
      this.folderIsDurable = true;
    }
    await writeJson(this.paths.desired, record);
  }

  saveStatus(status: StatusRecord): Promise<void> {
    return writeJson(this.paths.status, status);
  }

  /** Before there is a process: after a power cut there is none to find. */
  saveIntent(record: ProcessRecord): Promise<void> {
    return writeJsonOfBoot(this.paths.process, record);
  }

  saveProcess(record: ProcessRecord): Promise<void> {
    return writeJson(this.paths.process, record);
  }

  removeProcess(): Promise<void> {
    return removeDurably(this.paths.process);
  }

  async hasFolder(): Promise<boolean> {
    return (await listFolder(this.paths.folder)).length > 0;
  }

  /** Removes all state of the VM but its disks. The desired state goes last: until then the work can be resumed. */
  async removeFolder(): Promise<void> {
    this.folderIsDurable = false;
    await rm(this.paths.run, { recursive: true, force: true });
    for (const name of await listFolder(this.paths.folder)) {
      const path = join(this.paths.folder, name);
      if (path !== this.paths.desired) await rm(path, { recursive: true, force: true });
    }
    await rm(this.paths.folder, { recursive: true, force: true });
    await syncFolder(this.storage.vms);
  }
}
