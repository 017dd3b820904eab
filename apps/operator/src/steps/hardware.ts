/**
 * The part of a guest's hardware that the desired state does not say: the version of its machine and the files of
 * its firmware. Both are fixed by the first launch and kept from then on, so that neither an upgrade of QEMU nor a
 * restart shows the guest another machine or forgets its boot entries. The version goes with the VM's folder. A desired
 * state with another machine type fixes it anew.
 */
import type { DesiredVm } from '#libs/contracts';
import {
  type FirmwareSpec,
  findOvmf,
  newestMachineVersion,
  probeBinary,
  type QemuBinary,
  requireMachineVersion,
} from '#libs/qemu';
import type { Host } from '../host.js';
import type { Vm } from '../reconcile/vm.js';
import { settleVariables, variablesPath } from './uefi-variables.js';

export interface Hardware {
  /** Absent for machines without versions. */
  machineVersion?: string;
  firmware: FirmwareSpec;
}

type VmPart = Pick<Vm, 'status'>;

/** What a launch would use. Touches nothing. */
export async function foreseeHardware(host: Host, vm: VmPart, desired: DesiredVm): Promise<Hardware> {
  return {
    machineVersion: await versionOf(host, vm, desired),
    firmware: await firmwareOf(host, desired),
  };
}

/** The same, made durable. Throws `unsupported` when this host lacks the machine or the firmware. */
export async function settleHardware(host: Host, vm: Vm, desired: DesiredVm): Promise<Hardware> {
  const hardware = await foreseeHardware(host, vm, desired);
  const { type } = desired.machine;
  const { machineVersion: version, firmware } = hardware;
  if (firmware.kind === 'uefi') await settleVariables(host, desired);
  if (version !== undefined && vm.status.machine?.type !== type) {
    await vm.saveStatus({ machine: { type, version } });
  }
  return hardware;
}

async function versionOf(
  host: Host,
  { status }: VmPart,
  { machine }: DesiredVm,
): Promise<string | undefined> {
  const binary = await binaryOf(host);
  if (!binary) return undefined;
  if (status.machine?.type !== machine.type) return newestMachineVersion(binary, machine.type);
  requireMachineVersion(binary, machine.type, status.machine.version);
  return status.machine.version;
}

/** Without a QEMU the launch itself says what is missing. */
function binaryOf({ qemu }: Host): Promise<QemuBinary | undefined> {
  return probeBinary(qemu.binary).catch(() => undefined);
}

async function firmwareOf(host: Host, desired: DesiredVm): Promise<FirmwareSpec> {
  if (desired.machine.firmware === 'bios') return { kind: 'bios' };
  const { codePath } = await findOvmf(host.ovmfPath);
  return { kind: 'uefi', codePath, varsPath: variablesPath(host, desired) };
}
