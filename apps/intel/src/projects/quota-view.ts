import type { QuotaView } from '#libs/contracts/http';
import type { ProjectEntity } from '../db-operator/index.js';

const GIB = 1024 ** 3;

const gib = (bytes: number) => Math.ceil((bytes / GIB) * 100) / 100;

export function quotaView(project: ProjectEntity): QuotaView {
  return {
    id: project.id,
    project: project.name,
    limits: {
      vms: project.maxVms,
      vcpus: project.maxVcpus,
      memoryMiB: project.maxMemoryMib,
      diskGiB: project.maxDiskBytes === null ? null : gib(project.maxDiskBytes),
      addresses: project.maxAddresses,
      snapshots: project.maxSnapshots,
    },
    usage: {
      vms: project.usedVms,
      vcpus: project.usedVcpus,
      memoryMiB: project.usedMemoryMib,
      diskGiB: gib(project.usedDiskBytes),
      addresses: project.usedAddresses,
      snapshots: project.usedSnapshots,
    },
    generation: project.quotaGeneration,
  };
}
