/**
 * The UEFI variables of a VM: boot entries, among others. They lie in its folder on the host, or, with failover, in
 * the pool of its lease, where the host that starts it next finds them: `<pool>/uefi/<vm>.fd`. Failover may be turned
 * on or off at any time, so a launch brings them to where they belong; under the lease, since it launches.
 */
import { copyFile, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DesiredVm } from '#libs/contracts';
import { findOvmf } from '#libs/qemu';
import type { Host } from '../host.js';
import { removeDurably, syncFolder } from '../storage/json-file.js';
import { makePrivateFolder } from '../storage/paths.js';
import { exists } from './fetch-image.step.js';

type HostPart = Pick<Host, 'hostId' | 'pools' | 'paths' | 'ovmfPath'>;
type Wanted = Pick<DesiredVm, 'vmId' | 'failover'>;

/** Where they belong. Throws `pool_unavailable`. */
export function variablesPath({ pools, paths }: HostPart, { vmId, failover }: Wanted): string {
  return failover ? inPool(pools.folder(failover.poolId), vmId) : paths.vm(vmId).uefiVars;
}

/** Brings them there, from where they were or, for a VM that has none, from the firmware's own. */
export async function settleVariables(host: HostPart, wanted: Wanted): Promise<void> {
  const path = variablesPath(host, wanted);
  const others = placesOf(host, wanted.vmId).filter((it) => it !== path);
  if (!(await exists(path))) {
    const found = await Promise.all(others.map(async (it) => ((await exists(it)) ? it : undefined)));
    const from = found.find((it) => it !== undefined);
    await copyWhole(from ?? (await findOvmf(host.ovmfPath)).varsTemplatePath, path, host.hostId);
  }
  for (const other of others) if (await exists(other)) await removeDurably(other);
}

/** A copy of those in the folder of the VM, for the host that has it next. */
export async function putVariables(
  { hostId, paths }: Pick<HostPart, 'hostId' | 'paths'>,
  vmId: string,
  folder: string,
): Promise<void> {
  const own = paths.vm(vmId).uefiVars;
  if (await exists(own)) await copyWhole(own, inPool(folder, vmId), hostId);
}

/** Of a VM that is deleted; what lies in its folder goes with that. */
export async function removeVariables(host: HostPart, vmId: string): Promise<void> {
  for (const path of placesOf(host, vmId)) await rm(path, { force: true });
}

const inPool = (folder: string, vmId: string): string => join(folder, 'uefi', `${vmId}.fd`);

const placesOf = ({ pools, paths }: HostPart, vmId: string): string[] => [
  paths.vm(vmId).uefiVars,
  ...pools.sharedFolders.map((folder) => inPool(folder, vmId)),
];

/** A reader finds all of it or nothing, also after a kill. */
async function copyWhole(from: string, to: string, hostId: string): Promise<void> {
  const unfinished = `${to}.${hostId}.new`;
  await makePrivateFolder(dirname(to));
  await copyFile(from, unfinished);
  const file = await open(unfinished, 'r+');
  try {
    await file.chmod(0o600);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(unfinished, to);
  await syncFolder(dirname(to));
}
