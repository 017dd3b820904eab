import type { BackupDisk, BackupSpec, DiskEntity, VmEntity, VmParts } from '../db-operator/index.js';

/** What is kept of a VM, so that another can be made of it when it is gone. Its seed holds secrets and is left out. */
export function backupSpec(vm: VmEntity, parts: VmParts): BackupSpec {
  return {
    labels: vm.labels,
    vcpus: vm.vcpus,
    memoryMib: vm.memoryMib,
    machine: vm.machine,
    firmware: vm.firmware,
    cpuModel: vm.cpuModel,
    maxVcpus: vm.maxVcpus,
    maxMemoryMib: vm.maxMemoryMib,
    balloonMib: vm.balloonMib,
    vnc: vm.vnc,
    watchdog: vm.watchdog,
    bootPriority: vm.bootPriority,
    restartPolicy: vm.restartPolicy,
    restartMaxRetries: vm.restartMaxRetries,
    restartWindowSeconds: vm.restartWindowSeconds,
    placement: vm.placement,
    nics: parts.nics.map((nic) => ({
      network: nic.networkId === null ? undefined : parts.networks.get(nic.networkId)?.name,
      portForwards: parts.forwards
        .filter((it) => it.nicId === nic.id)
        .map(({ protocol, guestPort }) => ({ protocol, guestPort })),
    })),
  };
}

export function backupDisk(disk: DiskEntity): BackupDisk {
  const { id, sizeBytes, bootOrder, readOnly, cache, discard, ioLimits } = disk;
  return { id, sizeBytes, bootOrder, readOnly, cache, discard, ioLimits, fileBytes: 0, sha256: '' };
}
