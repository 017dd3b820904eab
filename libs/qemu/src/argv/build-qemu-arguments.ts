/**
 * A spec to QEMU's argument list; pure. What QEMU takes as JSON is given as JSON; elsewhere commas are doubled, or
 * the value is a name that the spec's check lets through. So no string of a spec can become another option. Only
 * arguments that QEMU 7.2 to 10 share are used.
 */
import { assignPorts } from './assign-ports.js';
import { checkSpec } from './check-spec.js';
import { BALLOON_DEVICE, GUEST_AGENT_PORT, processName, SEED_DEVICE, SEED_NODE } from './device-names.js';
import { diskDevice, diskNodes, diskThrottleGroup } from './disk-nodes.js';
import { nicDevice, nicNetdev } from './nic-devices.js';
import { fixedPlace, portPlace, rootPorts } from './pci-layout.js';
import type { QemuSpec } from './qemu-spec.js';

const doubled = (value: string): string => value.replaceAll(',', ',,');
const json = (option: string, value: object): string[] => [option, JSON.stringify(value)];
const device = (value: object): string[] => json('-device', value);
const socketChardev = (id: string, path: string): string =>
  `socket,id=${id},path=${doubled(path)},server=on,wait=off`;

function machineArgument(spec: QemuSpec): string {
  const { type, version } = spec.machine;
  switch (type) {
    case 'q35':
    case 'pc': {
      const name = version === undefined ? type : `pc-${type === 'q35' ? 'q35' : 'i440fx'}-${version}`;
      const parts = [name, 'usb=off', 'vmport=off', 'hpet=off'];
      if (type === 'q35') parts.push('sata=off');
      if (spec.firmware.kind === 'bios') parts.push('smm=off');
      if (spec.vncSocket === undefined) parts.push('graphics=off');
      if (spec.firmware.kind === 'uefi') parts.push('pflash0=fwcode', 'pflash1=fwvars');
      return parts.join(',');
    }
    case 'microvm':
      // With ACPI it starts SeaBIOS, which boots from disks; with PCIe it takes the same devices as the others.
      return 'microvm,acpi=on,pcie=on,rtc=on';
  }
}

function acceleratorArgument({ accelerator }: QemuSpec): string {
  switch (accelerator.kind) {
    case 'kvm':
      return 'kvm';
    case 'tcg':
      return accelerator.tbSizeMiB === undefined ? 'tcg' : `tcg,tb-size=${accelerator.tbSizeMiB}`;
  }
}

/** Nehalem is x86-64-v2, which current distributions need; under TCG guests boot slower with `max`. */
const cpuArgument = (spec: QemuSpec): string =>
  spec.cpuModel || (spec.accelerator.kind === 'kvm' ? 'host' : 'Nehalem-v1');

function smpArgument({ count, max = count }: QemuSpec['vcpus']): string {
  return `cpus=${count},maxcpus=${max},sockets=1,cores=${max},threads=1`;
}

function memoryArgument({ sizeMiB, hotplug }: QemuSpec['memory']): string {
  const size = `size=${sizeMiB}M`;
  return hotplug === undefined ? size : `${size},slots=${hotplug.slots},maxmem=${hotplug.maxMiB}M`;
}

function firmwareArguments(spec: QemuSpec): string[] {
  if (spec.firmware.kind === 'bios') return [];
  const node = (name: string, path: string, readOnly: boolean): string[] =>
    json('-blockdev', {
      driver: 'raw',
      'node-name': name,
      'read-only': readOnly,
      file: { driver: 'file', filename: path, 'read-only': readOnly },
    });
  return [...node('fwcode', spec.firmware.codePath, true), ...node('fwvars', spec.firmware.varsPath, false)];
}

function channelArguments(spec: QemuSpec): string[] {
  const serialLog = `logfile=${doubled(spec.serial.logPath)},logappend=on`;
  const list = [
    ...['-chardev', socketChardev('qmp', spec.qmpSocket), '-mon', 'chardev=qmp,mode=control'],
    ...['-chardev', `${socketChardev('serial0', spec.serial.socket)},${serialLog}`],
    ...['-serial', 'chardev:serial0'],
  ];
  if (spec.guestAgentSocket === undefined) return list;
  return [
    ...list,
    ...['-chardev', socketChardev('ga', spec.guestAgentSocket)],
    ...device({
      driver: 'virtio-serial-pci',
      id: 'vser0',
      ...fixedPlace(spec.machine.type, 'serialBus'),
    }),
    ...device({
      driver: 'virtserialport',
      id: GUEST_AGENT_PORT,
      bus: 'vser0.0',
      chardev: 'ga',
      name: 'org.qemu.guest_agent.0',
    }),
  ];
}

function helperArguments(spec: QemuSpec): string[] {
  const type = spec.machine.type;
  const list = [
    ...json('-object', { 'qom-type': 'rng-builtin', id: 'rng0' }),
    ...device({ driver: 'virtio-rng-pci', id: 'vrng0', rng: 'rng0', ...fixedPlace(type, 'rng') }),
  ];
  if (spec.balloon !== false) {
    const place = fixedPlace(type, 'balloon');
    list.push(
      ...device({ driver: 'virtio-balloon-pci', id: BALLOON_DEVICE, 'deflate-on-oom': true, ...place }),
    );
  }
  if (spec.watchdog !== undefined) {
    list.push(...device({ driver: 'i6300esb', id: 'watchdog0', ...fixedPlace(type, 'watchdog') }));
    list.push('-action', `watchdog=${spec.watchdog}`);
  }
  if (spec.panicDevice === true) {
    list.push(...device({ driver: 'pvpanic-pci', id: 'panic0', ...fixedPlace(type, 'panic') }));
    list.push('-action', 'panic=shutdown');
  }
  return list;
}

function screenArguments(spec: QemuSpec): string[] {
  if (spec.vncSocket === undefined) return ['-display', 'none'];
  const type = spec.machine.type;
  return [
    ...['-display', 'none', '-vnc', `unix:${doubled(spec.vncSocket)}`],
    ...device({ driver: 'VGA', id: 'vga0', ...fixedPlace(type, 'screen') }),
    ...device({ driver: 'virtio-tablet-pci', id: 'tablet0', ...fixedPlace(type, 'tablet') }),
  ];
}

function diskArguments(spec: QemuSpec, ports: ReturnType<typeof assignPorts>): string[] {
  const type = spec.machine.type;
  const list = spec.disks.flatMap((disk, index) => {
    const group = diskThrottleGroup(disk);
    const place = portPlace(type, ports.disks[index] ?? 0);
    return [
      ...(group === undefined ? [] : json('-object', group)),
      ...diskNodes(disk).flatMap((node) => json('-blockdev', node)),
      ...device(diskDevice(disk, place)),
    ];
  });
  if (spec.seedPath === undefined) return list;
  const node = {
    driver: 'raw',
    'node-name': SEED_NODE,
    'read-only': true,
    file: { driver: 'file', filename: spec.seedPath, 'read-only': true },
  };
  const seed = { driver: 'virtio-blk-pci', id: SEED_DEVICE, drive: SEED_NODE, serial: SEED_NODE };
  return [...list, ...json('-blockdev', node), ...device({ ...seed, ...portPlace(type, ports.seed ?? 0) })];
}

/**
 * The whole argument list after the binary. The guest is stopped (`-S`): `cont` starts it once the monitor is
 * connected. Throws `invalid_input` with all faults of the spec.
 */
export function buildQemuArguments(spec: QemuSpec): string[] {
  checkSpec(spec);
  const ports = assignPorts(spec);
  const type = spec.machine.type;
  return [
    ...['-name', `guest=${spec.vmId},process=${processName(spec.vmId)}`, '-uuid', spec.vmId],
    ...['-machine', machineArgument(spec), '-accel', acceleratorArgument(spec), '-cpu', cpuArgument(spec)],
    ...['-smp', smpArgument(spec.vcpus), '-m', memoryArgument(spec.memory)],
    ...['-nodefaults', '-no-user-config', '-S', '-boot', 'strict=on', '-rtc', 'base=utc'],
    ...['-sandbox', 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny'],
    ...['-msg', 'timestamp=on', '-pidfile', spec.pidFile],
    ...(spec.onReboot === 'exit' ? ['-action', 'reboot=shutdown'] : []),
    ...firmwareArguments(spec),
    ...channelArguments(spec),
    ...(type === 'q35' ? rootPorts(ports.total).flatMap(device) : []),
    ...helperArguments(spec),
    ...screenArguments(spec),
    ...spec.nics.flatMap((nic, index) => [
      ...json('-netdev', nicNetdev(nic)),
      ...device(nicDevice(nic, portPlace(type, ports.nics[index] ?? 0))),
    ]),
    ...diskArguments(spec, ports),
  ];
}
