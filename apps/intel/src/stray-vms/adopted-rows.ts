import { parse } from 'yaml';
import type { CloudInit, DesiredVm, NicNetwork } from '#libs/contracts';
import { seedTexts } from '../cloud-init/index.js';
import {
  type CloudInitRow,
  type DiskEntity,
  type NetworkEntity,
  type NicEntity,
  newDisk,
  type PortForwardEntity,
  type VmEntity,
} from '../db-operator/index.js';

export interface AdoptedRows {
  vm: Partial<VmEntity> & { id: string };
  disks: DiskEntity[];
  nics: NicEntity[];
  forwards: Omit<PortForwardEntity, 'releasingGeneration'>[];
}

/**
 * The rows of a VM that only its host knows, out of what the host was last told: the reverse of `desiredVmOf`, one
 * generation on. What nobody told the host (labels, placement rules, protection from deletion) is lost. Pure.
 */
export function adoptedRows(desired: DesiredVm, as: { name: string; project: string }): AdoptedRows {
  const { vmId, hostId, machine, restart, stop } = desired;
  const generation = desired.generation + 1;
  const disks = desired.disks.map((disk, position) =>
    newDisk({
      id: disk.diskId,
      vmId,
      project: as.project,
      position,
      bootOrder: disk.bootOrder,
      sizeBytes: disk.sizeBytes,
      templateId: disk.image?.templateId ?? null,
      readOnly: disk.readOnly,
      presence: disk.presence ?? 'attached',
      presenceGeneration: generation,
      hostId,
      poolId: disk.poolId ?? null,
      // it is never made anew from nothing
      made: true,
      cache: disk.cache ?? null,
      discard: disk.discard ?? null,
      ioLimits: disk.ioLimits ?? null,
    }),
  );
  return {
    vm: {
      id: vmId,
      ...as,
      hostId,
      templateId: disks.find(({ templateId }) => templateId !== null)?.templateId ?? null,
      vcpus: machine.vcpus,
      memoryMib: machine.memoryMib,
      machine: machine.type,
      firmware: machine.firmware,
      cpuModel: machine.cpuModel,
      maxVcpus: machine.maxVcpus ?? null,
      maxMemoryMib: machine.maxMemoryMib ?? null,
      balloonMib: machine.balloonMib ?? null,
      vnc: machine.vnc ?? false,
      watchdog: machine.watchdog ?? 'none',
      bootPriority: desired.bootPriority ?? 0,
      cloudInit: desired.cloudInit ? cloudInitRowOf(desired.cloudInit, desired) : null,
      restartPolicy: restart.policy,
      restartMaxRetries: restart.maxRetries,
      restartWindowSeconds: restart.windowSeconds,
      generation,
      startGeneration: desired.startGeneration,
      presence: 'present',
      desiredPower: desired.power,
      stopAskGuest: stop.askGuest,
      stopTimeoutMs: stop.timeoutMs,
      stopThenForce: stop.thenForce,
      unplugTimeoutMs: desired.unplugTimeoutMs ?? null,
      failoverPoolId: desired.failover?.poolId ?? null,
      failoverGeneration: desired.failover ? generation : 0,
    },
    disks,
    nics: desired.nics.map(({ nicId, kind, mac, network }, position) => ({
      id: nicId,
      vmId,
      position,
      kind,
      mac,
      networkId: network?.networkId ?? null,
      presence: 'attached',
      presenceGeneration: generation,
    })),
    forwards: desired.nics.flatMap(({ nicId, forwards }) =>
      forwards.map(({ forwardId, ...forward }, position) => ({
        id: forwardId,
        vmId,
        nicId,
        hostId,
        position,
        ...forward,
      })),
    ),
  };
}

/** The texts as they are: the guest must not take them for other ones. */
function cloudInitRowOf(
  { instanceId, userData, metaData, networkConfig }: CloudInit,
  { name, nics }: Pick<DesiredVm, 'name' | 'nics'>,
): CloudInitRow {
  const told: { 'local-hostname'?: string; 'public-keys'?: string[] } = parse(metaData) ?? {};
  const { 'local-hostname': hostName, 'public-keys': sshKeys } = told;
  const row = { instanceId, hostName, userData, ...(sshKeys && { sshKeys }) };
  // what follows from the NICs goes on to follow from them
  return seedTexts(row, name, nics).networkConfig === networkConfig ? row : { ...row, networkConfig };
}

/** A network that this database does not know, as its hosts know it. Which of its addresses were kept back is lost. */
export function adoptedNetwork(
  network: NicNetwork,
  kind: NicEntity['kind'],
): Omit<NetworkEntity, 'createdAt' | 'updatedAt'> {
  return {
    id: network.networkId,
    name: network.name,
    project: '',
    kind,
    bridge: network.bridge,
    vlan: network.vlan,
    cidrV4: network.cidrV4 || null,
    gatewayV4: network.gatewayV4 || null,
    cidrV6: network.cidrV6 || null,
    gatewayV6: network.gatewayV6 || null,
    dns: network.dns,
    mtu: network.mtu,
    domain: network.domain,
    dhcp: network.dhcp,
    nat: network.nat,
    antiSpoofing: network.antiSpoofing,
    ranges: [],
    reserved: [],
  };
}
