import { join } from 'node:path';
import type { DesiredVm, Disk, Nic } from '#libs/contracts';
import { type ActualProcess, isAttached, MEMORY_SLOTS, shapeOf } from '#libs/domain';
import type { DiskSpec, NicSpec, QemuSpec } from '#libs/qemu';
import type { Host } from '../host.js';
import type { Hardware } from './hardware.js';

/** Sockets of a VM in its run folder. */
export const QMP_SOCKET = 'qmp.sock';
export const AGENT_SOCKET = 'agent.sock';
export const SERIAL_SOCKET = 'serial.sock';
export const VNC_SOCKET = 'vnc.sock';
/** Of what QEMU inherits beyond its standard streams. */
const FIRST_DESCRIPTOR = 3;

/** What QEMU is to be started with for this desired state. Pure. */
export function qemuSpec(
  desired: DesiredVm,
  host: Pick<Host, 'paths' | 'pools' | 'qemu'>,
  hardware: Hardware,
): QemuSpec {
  const vm = host.paths.vm(desired.vmId);
  const { machine } = desired;
  const shape = shapeOf(desired);
  const portOf = new Map([
    ...shape.disks.map((it) => [it.diskId, it.port] as const),
    ...shape.nics.map((it) => [it.nicId, it.port] as const),
  ]);
  const descriptorOf = new Map(
    tappedNics(desired).map(({ nicId }, index) => [nicId, FIRST_DESCRIPTOR + index]),
  );
  const used = shape.disks.length + shape.nics.length + (shape.seed ? 1 : 0);
  return {
    vmId: desired.vmId,
    accelerator: { kind: host.qemu.accelerator },
    machine: { type: machine.type, version: hardware.machineVersion },
    firmware: hardware.firmware,
    cpuModel: machine.cpuModel,
    vcpus: { count: machine.vcpus, max: shape.maxVcpus },
    memory: {
      sizeMiB: machine.memoryMib,
      ...(shape.maxMemoryMib > machine.memoryMib && {
        hotplug: { slots: MEMORY_SLOTS, maxMiB: shape.maxMemoryMib },
      }),
    },
    disks: desired.disks.filter(isAttached).map((disk) => ({
      ...diskSpec(disk, host),
      port: portOf.get(disk.diskId),
    })),
    nics: desired.nics.map((nic) => ({
      ...nicSpec(nic, String(descriptorOf.get(nic.nicId))),
      port: portOf.get(nic.nicId),
    })),
    sparePorts: machine.type === 'q35' ? shape.ports - used : 0,
    seedPath: shape.seed && vm.seed,
    pidFile: vm.pidFile,
    qmpSocket: join(vm.run, QMP_SOCKET),
    serial: { socket: join(vm.run, SERIAL_SOCKET), logPath: vm.serialLog },
    guestAgentSocket: join(vm.run, AGENT_SOCKET),
    panicDevice: true,
    vncSocket: machine.vnc ? join(vm.run, VNC_SOCKET) : undefined,
    watchdog: machine.watchdog === 'none' ? undefined : machine.watchdog,
  };
}

/** A disk without its place in the machine. */
export function diskSpec(disk: Disk, { paths, pools }: Pick<Host, 'paths' | 'pools'>): DiskSpec {
  const top = { path: pools.diskPath(disk.poolId, disk.diskId), format: 'qcow2' as const };
  const below = disk.image && { path: paths.image(disk.image.digest), format: disk.image.format };
  return {
    id: disk.diskId,
    layers: below ? [top, below] : [top],
    readOnly: disk.readOnly,
    cache: disk.cache,
    discard: disk.discard !== 'ignore',
    bootIndex: disk.bootOrder > 0 ? disk.bootOrder : undefined,
  };
}

/** NICs that hang on a tap, in the order in which QEMU is given their taps. */
export const tappedNics = ({ nics }: Pick<DesiredVm, 'nics'>): Nic[] =>
  nics.filter(({ kind }) => kind !== 'user');

/** What QEMU forwards from its start on: it ends when it cannot. */
export const launchedForwards = ({ nics }: Pick<DesiredVm, 'nics'>): ActualProcess['forwards'] =>
  nics
    .filter(({ kind }) => kind === 'user')
    .flatMap(({ nicId, forwards }) =>
      forwards.map((forward) => ({ nicId, forward: { ...forward, forwardId: '' } })),
    );

/** A NIC without its place. `fd`: its tap, as QEMU knows it. Without vhost, which QEMU's user may not open. */
export function nicSpec({ nicId, mac, kind, forwards }: Nic, fd: string): NicSpec {
  switch (kind) {
    case 'user':
      return { id: nicId, mac, backend: { kind, forwards } };
    case 'bridge':
    case 'managed':
      return { id: nicId, mac, backend: { kind: 'tap', fd } };
  }
}
