import type { HostView } from '#libs/contracts/http';
import { hostState } from '#libs/domain';
import type { SeenHost } from '../db-operator/index.js';

export function hostView({ host, silentMs, vmCount }: SeenHost): HostView {
  return {
    id: host.id,
    name: host.name,
    state: hostState({ silentMs, upkeep: host.upkeep, leaving: host.draining }),
    cordoned: host.cordoned,
    upkeep: host.upkeep,
    labels: host.labels,
    cpuOvercommit: host.cpuOvercommitPercent / 100,
    memoryOvercommit: host.memoryOvercommitPercent / 100,
    seenAt: host.seenAt?.toISOString(),
    agentVersion: host.agentVersion,
    bootId: host.bootId,
    cpus: host.cpus,
    memoryMiB: host.memoryMib,
    reservedMemoryMiB: host.reservedMemoryMib,
    reservedVcpus: host.reservedVcpus,
    storageBytes: host.storageBytes,
    storageFreeBytes: host.storageFreeBytes,
    qemuVersion: host.qemuVersion,
    accelerator: host.accelerator,
    acceleratorReason: host.acceleratorReason,
    dryRun: host.dryRun,
    vmCount,
    updatedAt: host.updatedAt.toISOString(),
    orphans: host.orphans,
    confinement: host.confinement ?? undefined,
    networks: host.networkAbilities ?? undefined,
    refused: host.refused ?? undefined,
  };
}
