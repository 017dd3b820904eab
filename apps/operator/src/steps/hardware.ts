/**
 * The part of a guest's hardware that the desired state does not say: the version of its machine and the files of
 * its firmware. Both are fixed by the first launch and kept from then on, so that neither an upgrade of QEMU, a
 * restart nor another host shows the guest another machine or forgets its boot entries. A desired state with another
 * machine type fixes it anew.
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
import { findMachine, keepMachine, removeMachine } from './machine-record.js';
import { settleVariables, variablesPath } from './uefi-variables.js';

export interface Hardware {
  /** Absent for machines without versions. */
  machineVersion?: string;
  firmware: FirmwareSpec;
}

type VmPart = Pick<Vm, 'vmId' | 'status'>;

/** What a launch would use. Touches nothing. */
export async function foreseeHardware(host: Host, vm: VmPart, desired: DesiredVm): Promise<Hardware> {
  return {
    machineVersion: await foreseeVersion(host, vm, desired),
    firmware: await firmwareOf(host, desired),
  };
}

/** The same, made durable. Throws `unsupported` when this host lacks the machine or the firmware. */
export async function settleHardware(host: Host, vm: Vm, desired: DesiredVm): Promise<Hardware> {
  const hardware = await foreseeHardware(host, vm, desired);
  const { type } = desired.machine;
  const { machineVersion: version, firmware } = hardware;
  if (firmware.kind === 'uefi') await settleVariables(host, desired);
  if (version === undefined) return hardware;
  const machine = { type, version };
  if (desired.failover) await keepMachine(host.pools.folder(desired.failover.poolId), vm.vmId, machine);
  if (vm.status.machine?.type === type) return hardware;
  await vm.saveStatus({ machine });
  if (!desired.failover) await removeMachine(host, vm.vmId);
  return hardware;
}

/** Of the machine that a launch would use; undefined for one without versions. Throws `unsupported`. */
export async function foreseeVersion(
  host: Host,
  { vmId, status }: VmPart,
  { machine }: DesiredVm,
): Promise<string | undefined> {
  const binary = await binaryOf(host);
  if (!binary) return undefined;
  const { type } = machine;
  const fixed = status.machine?.type === type ? status.machine : await findMachine(host, vmId);
  if (fixed?.type !== type) return newestMachineVersion(binary, type);
  requireMachineVersion(binary, type, fixed.version);
  return fixed.version;
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
