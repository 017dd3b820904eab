import { join } from 'node:path';
import type { BackupFile, BackupResult, DesiredVm } from '#libs/contracts';
import { readJson, writeJson } from '../storage/json-file.js';

/** What a backup consists of; with it the files can be understood without VMAN's database. */
export interface BackupManifest {
  backupId: string;
  /** Empty for a full one. */
  parentId: string;
  result: BackupResult;
  /** The VM as it was, without its secrets. */
  vm: Pick<DesiredVm, 'vmId' | 'name' | 'project' | 'machine' | 'disks' | 'nics'>;
}

export const fileOf = ({ result }: BackupManifest, diskId: string): BackupFile | undefined =>
  result.files.find((it) => it.diskId === diskId);

export function writeManifest(folder: string, manifest: BackupManifest): Promise<void> {
  return writeJson(join(folder, 'manifest.json'), manifest);
}

/** Undefined when the backup is not there, or its manifest is damaged. */
export function readManifest(folder: string): Promise<BackupManifest | undefined> {
  return readJson<BackupManifest>(join(folder, 'manifest.json'));
}
