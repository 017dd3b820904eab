import { isIPv4 } from 'node:net';
import { type FieldFault, VmanError } from '#libs/errors';
import type { DiskSpec, ForwardSpec, NicSpec, QemuSpec } from './qemu-spec.js';

/** sun_path has 108 bytes, one of which ends the string. */
export const MAX_SOCKET_PATH_BYTES = 107;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** The kernel takes no longer one. */
const DESCRIPTOR = /^(\d{1,4}|[a-z][a-z0-9]{1,31})$/;
const MAC = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i;
const MACHINE_VERSION = /^\d{1,2}\.\d{1,2}$/;
/** `-cpu` has no escape for commas, so only names are let through. */
const CPU_MODEL = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

type Report = (field: string, message: string) => void;

function checkInteger(report: Report, field: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max) {
    report(field, `must be an integer from ${min} to ${max}`);
  }
}

function checkUuid(report: Report, field: string, value: string): void {
  if (!UUID.test(value)) report(field, 'must be a UUID');
}

function checkPath(report: Report, field: string, value: string): void {
  if (!value.startsWith('/')) report(field, 'must be an absolute path');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is refused
  if (/[\u0000-\u001f\u007f]/.test(value)) report(field, 'must not hold control characters');
  if (/\p{Surrogate}/u.test(value)) report(field, 'must be well-formed Unicode');
}

function checkSocket(report: Report, field: string, value: string): void {
  checkPath(report, field, value);
  const bytes = Buffer.byteLength(value);
  if (bytes > MAX_SOCKET_PATH_BYTES) {
    report(field, `is ${bytes} bytes long; a unix socket path may have ${MAX_SOCKET_PATH_BYTES}`);
  }
}

function checkDisk(report: Report, field: string, disk: DiskSpec): void {
  checkUuid(report, `${field}.id`, disk.id);
  disk.layers.forEach((layer, index) => {
    checkPath(report, `${field}.layers[${index}].path`, layer.path);
    if (layer.format === 'raw' && index < disk.layers.length - 1) {
      report(`${field}.layers[${index}].format`, 'a raw image cannot lie upon another');
    }
  });
  if (disk.layers.length === 0) report(`${field}.layers`, 'must not be empty');
  if (disk.bootIndex !== undefined) checkInteger(report, `${field}.bootIndex`, disk.bootIndex, 0, 1000);
}

function checkForward(report: Report, field: string, forward: ForwardSpec): void {
  if (!isIPv4(forward.hostAddress)) report(`${field}.hostAddress`, 'must be an IPv4 address');
  checkInteger(report, `${field}.hostPort`, forward.hostPort, 1, 65535);
  checkInteger(report, `${field}.guestPort`, forward.guestPort, 1, 65535);
}

function checkNic(report: Report, field: string, nic: NicSpec): void {
  checkUuid(report, `${field}.id`, nic.id);
  if (!MAC.test(nic.mac)) report(`${field}.mac`, 'must be a MAC address');
  switch (nic.backend.kind) {
    case 'user':
      nic.backend.forwards.forEach((forward, index) => {
        checkForward(report, `${field}.backend.forwards[${index}]`, forward);
      });
      break;
    case 'tap':
      if (!DESCRIPTOR.test(nic.backend.fd)) report(`${field}.backend.fd`, 'must be an open file of QEMU');
      break;
  }
}

function checkSizes(report: Report, spec: QemuSpec): void {
  checkInteger(report, 'vcpus.count', spec.vcpus.count, 1, 288);
  const max = spec.vcpus.max ?? spec.vcpus.count;
  checkInteger(report, 'vcpus.max', max, spec.vcpus.count, 288);
  checkInteger(report, 'memory.sizeMiB', spec.memory.sizeMiB, 1, 16 * 1024 * 1024);
  const hotplug = spec.memory.hotplug;
  if (hotplug !== undefined) {
    checkInteger(report, 'memory.hotplug.slots', hotplug.slots, 1, 256);
    checkInteger(report, 'memory.hotplug.maxMiB', hotplug.maxMiB, spec.memory.sizeMiB + 1, 16 * 1024 * 1024);
  }
  checkInteger(report, 'sparePorts', spec.sparePorts ?? 0, 0, 64);
}

function checkMachine(report: Report, spec: QemuSpec): void {
  if (spec.machine.version !== undefined && !MACHINE_VERSION.test(spec.machine.version)) {
    report('machine.version', 'must look like 7.2');
  }
  if (spec.cpuModel && !CPU_MODEL.test(spec.cpuModel)) report('cpuModel', 'must be the name of a CPU model');
  if (spec.firmware.kind === 'uefi') {
    checkPath(report, 'firmware.codePath', spec.firmware.codePath);
    checkPath(report, 'firmware.varsPath', spec.firmware.varsPath);
    if (spec.machine.type === 'microvm') report('firmware', 'microvm machines have no UEFI');
  }
  if (spec.machine.type === 'microvm') {
    if (spec.machine.version !== undefined) report('machine.version', 'microvm machines have no versions');
    if (spec.memory.hotplug !== undefined) report('memory.hotplug', 'microvm machines cannot grow');
    if (spec.vncSocket !== undefined) report('vncSocket', 'microvm machines have no screen');
    if ((spec.vcpus.max ?? spec.vcpus.count) > spec.vcpus.count) {
      report('vcpus.max', 'microvm machines cannot grow');
    }
  }
  if (spec.machine.type !== 'q35' && (spec.sparePorts ?? 0) > 0) {
    report('sparePorts', 'only q35 machines have root ports');
  }
}

function refuse(faults: FieldFault[], what: string): void {
  if (faults.length === 0) return;
  const list = faults.map((fault) => `${fault.field} ${fault.message}`).join('; ');
  throw new VmanError('invalid_input', `${what}: ${list}`, { fields: faults });
}

/** Throws `invalid_input` when a port forward cannot be written as a rule of QEMU. */
export function checkForwards(forwards: readonly ForwardSpec[]): void {
  const faults: FieldFault[] = [];
  forwards.forEach((forward, index) => {
    checkForward(
      (field, message) => faults.push({ field, code: 'invalid_input', message }),
      `forwards[${index}]`,
      forward,
    );
  });
  refuse(faults, 'The port cannot be forwarded');
}

/** Throws `invalid_input` with every fault of the spec at once. */
export function checkSpec(spec: QemuSpec): void {
  const faults: FieldFault[] = [];
  const report: Report = (field, message) => faults.push({ field, code: 'invalid_input', message });
  checkUuid(report, 'vmId', spec.vmId);
  checkMachine(report, spec);
  checkSizes(report, spec);
  checkPath(report, 'pidFile', spec.pidFile);
  checkSocket(report, 'qmpSocket', spec.qmpSocket);
  checkSocket(report, 'serial.socket', spec.serial.socket);
  checkPath(report, 'serial.logPath', spec.serial.logPath);
  if (spec.guestAgentSocket !== undefined) checkSocket(report, 'guestAgentSocket', spec.guestAgentSocket);
  if (spec.vncSocket !== undefined) checkSocket(report, 'vncSocket', spec.vncSocket);
  if (spec.seedPath !== undefined) checkPath(report, 'seedPath', spec.seedPath);
  spec.disks.forEach((disk, index) => {
    checkDisk(report, `disks[${index}]`, disk);
  });
  spec.nics.forEach((nic, index) => {
    checkNic(report, `nics[${index}]`, nic);
  });
  refuse(faults, 'QEMU cannot be started like this');
}
