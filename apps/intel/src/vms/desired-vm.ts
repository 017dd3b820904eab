import type { DesiredVm, Disk, ImageRef, NicNetwork, PortForward } from '#libs/contracts';
import { seedTexts } from '../cloud-init/index.js';
import {
  type DiskEntity,
  type NicEntity,
  outlivesVm,
  type PortForwardEntity,
  type RestoreRow,
  type TemplateEntity,
  type VmEntity,
  type VmParts,
} from '../db-operator/index.js';

/** The rows of a VM as the message that its host gets. */
export function desiredVmOf(vm: VmEntity, parts: VmParts): DesiredVm {
  const desired = withoutSeed(vm, parts);
  return vm.cloudInit ? { ...desired, cloudInit: seedTexts(vm.cloudInit, vm.name, desired.nics) } : desired;
}

function withoutSeed(vm: VmEntity, parts: VmParts): DesiredVm {
  return {
    vmId: vm.id,
    hostId: vm.hostId,
    name: vm.name,
    project: vm.project,
    generation: vm.generation,
    startGeneration: vm.startGeneration,
    presence: vm.presence,
    power: vm.desiredPower,
    stop: { askGuest: vm.stopAskGuest, timeoutMs: vm.stopTimeoutMs, thenForce: vm.stopThenForce },
    machine: {
      vcpus: vm.vcpus,
      memoryMib: vm.memoryMib,
      type: vm.machine,
      firmware: vm.firmware,
      cpuModel: vm.cpuModel,
      maxVcpus: vm.maxVcpus ?? undefined,
      maxMemoryMib: vm.maxMemoryMib ?? undefined,
      balloonMib: vm.balloonMib ?? undefined,
      vnc: vm.vnc,
      watchdog: vm.watchdog,
    },
    disks: [...parts.disks, ...parts.leavingDisks]
      .filter((disk) => vm.presence !== 'deleted' || !outlivesVm(disk))
      .map((disk) => diskOf(disk, parts.templates)),
    nics: parts.nics.map((nic) => ({
      nicId: nic.id,
      mac: nic.mac,
      kind: nic.kind,
      forwards: parts.forwards.filter((it) => it.nicId === nic.id).map(forwardOf),
      network: networkOf(nic, parts),
    })),
    restart: {
      policy: vm.restartPolicy,
      maxRetries: vm.restartMaxRetries,
      windowSeconds: vm.restartWindowSeconds,
    },
    bootPriority: vm.bootPriority,
    ...(vm.restore && { restore: restoreOf(vm.restore) }),
    unplugTimeoutMs: vm.unplugTimeoutMs ?? undefined,
    ...(vm.failoverPoolId && { failover: { poolId: vm.failoverPoolId } }),
    cause: { operationId: vm.causeOperationId, requestId: vm.causeRequestId, origin: vm.causeOrigin },
  };
}

function restoreOf({ snapshotId, restoreGeneration, memory, diskIds }: RestoreRow): DesiredVm['restore'] {
  return { snapshotId, restoreGeneration, memory, diskIds };
}

function diskOf(disk: DiskEntity, templates: Map<string, TemplateEntity>): Disk {
  const template = disk.templateId ? templates.get(disk.templateId) : undefined;
  const image = template && imageOf(template);
  return {
    diskId: disk.id,
    bootOrder: disk.bootOrder,
    sizeBytes: disk.sizeBytes,
    readOnly: disk.readOnly,
    presence: wirePresence(disk.presence),
    poolId: disk.poolId ?? undefined,
    existing: disk.made || undefined,
    cache: disk.cache ?? undefined,
    discard: disk.discard ?? undefined,
    ioLimits: disk.ioLimits ?? undefined,
    origin: disk.origin ?? undefined,
    ...(image ? { image } : {}),
  };
}

/** Outside of the machine is all that a host needs to know of a disk that waits for its next change. */
function wirePresence(presence: DiskEntity['presence']): Disk['presence'] {
  switch (presence) {
    case 'attached':
    case 'detached':
    case 'removed':
      return presence;
    case 'leaving':
    case 'freeing':
    case 'restoring':
      return 'detached';
  }
}

/** The golden image below a linked clone. */
export function imageOf(template: TemplateEntity): ImageRef {
  return {
    templateId: template.id,
    digest: template.digest ?? '',
    format: template.format,
    fileBytes: template.fileBytes ?? 0,
    virtualBytes: template.virtualBytes ?? 0,
  };
}

function networkOf(nic: NicEntity, parts: VmParts): NicNetwork | undefined {
  const network = nic.networkId === null ? undefined : parts.networks.get(nic.networkId);
  if (!network) return undefined;
  const prefixOf = (cidr: string | null) => Number(cidr?.split('/')[1] ?? 0);
  return {
    networkId: network.id,
    name: network.name,
    bridge: network.bridge,
    vlan: network.vlan,
    cidrV4: network.cidrV4 ?? '',
    gatewayV4: network.gatewayV4 ?? '',
    cidrV6: network.cidrV6 ?? '',
    gatewayV6: network.gatewayV6 ?? '',
    dns: network.dns,
    mtu: network.mtu,
    domain: network.domain,
    dhcp: network.dhcp,
    nat: network.nat,
    antiSpoofing: network.antiSpoofing,
    addresses: parts.addresses
      .filter((it) => it.nicId === nic.id)
      .map(({ address, family, source }) => ({
        address,
        prefix: prefixOf(family === 4 ? network.cidrV4 : network.cidrV6),
        source,
      })),
  };
}

function forwardOf(forward: PortForwardEntity): PortForward {
  return {
    forwardId: forward.id,
    protocol: forward.protocol,
    hostAddress: forward.hostAddress,
    hostPort: forward.hostPort,
    guestPort: forward.guestPort,
  };
}
