/**
 * The version of its machine that the first launch gave a VM, for the host that has it next: `<pool>/machines/<vm>.json`
 * in the pool of its lease. A VM without failover has it on its host alone, which puts it there when it lets the VM go.
 */
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Host } from '../host.js';
import { readJson, writeJson } from '../storage/json-file.js';
import { makePrivateFolder } from '../storage/paths.js';
import type { StatusRecord } from '../storage/vm-records.js';

type Machine = NonNullable<StatusRecord['machine']>;
type HostPart = { readonly pools: Pick<Host['pools'], 'sharedFolders'> };

export async function findMachine({ pools }: HostPart, vmId: string): Promise<Machine | undefined> {
  for (const folder of pools.sharedFolders) {
    const machine = await readJson<Machine>(pathIn(folder, vmId));
    if (machine) return machine;
  }
  return undefined;
}

export async function keepMachine(folder: string, vmId: string, machine: Machine): Promise<void> {
  const path = pathIn(folder, vmId);
  const kept = await readJson<Machine>(path);
  if (kept?.type === machine.type && kept.version === machine.version) return;
  await makePrivateFolder(dirname(path));
  await writeJson(path, machine);
}

export async function removeMachine({ pools }: HostPart, vmId: string): Promise<void> {
  for (const folder of pools.sharedFolders) await rm(pathIn(folder, vmId), { force: true });
}

const pathIn = (folder: string, vmId: string): string => join(folder, 'machines', `${vmId}.json`);
