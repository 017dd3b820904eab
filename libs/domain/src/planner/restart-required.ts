import type { DesiredVm } from '#libs/contracts';
import type { ActualProcess } from './actual-vm.js';

/** Fields of the desired state that the running process does not have and that only a new start brings. */
export function restartRequired(desired: DesiredVm, process: ActualProcess): string[] {
  const fields: string[] = [];
  const { machine, disks, nics } = process.shape;
  if (desired.machine.vcpus !== machine.vcpus) fields.push('vcpus');
  if (desired.machine.memoryMib !== machine.memoryMib) fields.push('memoryMiB');
  if (desired.machine.type !== machine.type) fields.push('machine');
  if (desired.machine.firmware !== machine.firmware) fields.push('firmware');
  if (desired.machine.cpuModel !== machine.cpuModel) fields.push('cpuModel');
  const diskKey = (disk: { diskId: string; sizeBytes: number }) => `${disk.diskId}:${disk.sizeBytes}`;
  if (differs(desired.disks.map(diskKey), disks.map(diskKey))) fields.push('disks');
  const nicKey = (nic: { nicId: string; mac: string; kind: string }) => `${nic.nicId}:${nic.mac}:${nic.kind}`;
  if (differs(desired.nics.map(nicKey), nics.map(nicKey))) fields.push('nics');
  return fields;
}

function differs(a: string[], b: string[]): boolean {
  return a.length !== b.length || a.some((key, index) => key !== b[index]);
}
