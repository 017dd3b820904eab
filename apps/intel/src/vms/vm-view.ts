import type { DiskFault } from '#libs/contracts';
import type { ConditionView, NetworkRef, PortForwardView, VmStatusView, VmView } from '#libs/contracts/http';
import { cloudInitCondition, cloudInitView } from '../cloud-init/index.js';
import type { NicEntity, PortForwardEntity, SeenVm, VmParts } from '../db-operator/index.js';
import { errorView } from '../operations/index.js';
import { addressCondition, addressStatus, shownUntil, waitsForAddress } from './address-status.js';
import { connectText } from './connect-text.js';
import { waitsForAgent } from './guest-agent-row.js';
import { agentCondition, guestInfo } from './guest-view.js';
import { placementView } from './placement-rules.js';

/** The row that the migration makes. */
const USER_NETWORK: NetworkRef = { id: '00000000-0000-7000-8000-000000000001', name: 'user' };

const iso = (time: Date | null) => time?.toISOString();

/** A VM as the API shows it: what it should be (`spec`) apart from what was seen of it (`status`). */
export function vmView(seen: SeenVm, parts: VmParts): VmView {
  const { vm } = seen;
  return {
    id: vm.id,
    name: vm.name,
    project: vm.project,
    labels: vm.labels,
    generation: vm.generation,
    spec: {
      template: vm.templateId ? parts.templates.get(vm.templateId)?.name : undefined,
      vcpus: vm.vcpus,
      memoryMiB: vm.memoryMib,
      desiredState: vm.desiredPower,
      restart: {
        policy: vm.restartPolicy,
        maxRetries: vm.restartMaxRetries,
        windowSeconds: vm.restartWindowSeconds,
      },
      disks: parts.disks.map((disk) => ({
        id: disk.id,
        sizeBytes: disk.sizeBytes,
        readOnly: disk.readOnly,
        attached: disk.presence === 'attached',
        bootOrder: disk.bootOrder,
        templateId: disk.templateId ?? undefined,
        name: disk.name || undefined,
        poolId: disk.poolId ?? undefined,
        cache: disk.cache ?? 'writeback',
        discard: disk.discard ?? 'unmap',
        ioLimits: disk.ioLimits ?? undefined,
        keepOnDelete: disk.keepOnDelete,
      })),
      nics: parts.nics.map((nic) => ({
        id: nic.id,
        kind: nic.kind,
        mac: nic.mac,
        network: networkRef(nic, parts),
        addresses: parts.addresses.filter((it) => it.nicId === nic.id).map((it) => it.address),
        portForwards: parts.forwards
          .filter((it) => it.nicId === nic.id)
          .map((it) => forwardView(it, seen.hostName)),
      })),
      machine: vm.machine,
      firmware: vm.firmware,
      cpuModel: vm.cpuModel,
      maxVcpus: vm.maxVcpus ?? undefined,
      maxMemoryMiB: vm.maxMemoryMib ?? undefined,
      balloonMiB: vm.balloonMib ?? undefined,
      vnc: vm.vnc,
      watchdog: vm.watchdog,
      bootPriority: vm.bootPriority,
      cloudInit: vm.cloudInit ? cloudInitView(vm.cloudInit, vm.name) : undefined,
      placement: placementView(vm.placement),
      failover: vm.failoverPoolId !== null,
      deletionProtection: vm.deletionProtection,
      expiresAt: iso(vm.expiresAt),
    },
    status: statusOf(seen, parts),
    createdAt: vm.createdAt.toISOString(),
    updatedAt: vm.updatedAt.toISOString(),
  };
}

function statusOf(seen: SeenVm, parts: VmParts): VmStatusView {
  const { vm, shown } = seen;
  const { code, message, hint } = errorView(vm.failureCode, vm.failureMessage);
  return {
    state: shown,
    reason: shown === 'unknown' ? 'the host was not heard of in time' : vm.reason,
    purgeAt: iso(vm.purgeAt),
    failure: vm.failureCode ? { code, message, hint } : undefined,
    observedGeneration: vm.observedGeneration,
    observedAt: iso(shownUntil(seen)),
    host: { id: vm.hostId, name: seen.hostName },
    pid: vm.pid || undefined,
    runningSince: iso(vm.runningSince),
    plugged: vm.plugged
      ? {
          vcpus: vm.plugged.vcpus,
          memoryMiB: vm.plugged.memoryMib,
          disks: vm.plugged.diskIds,
          nics: vm.plugged.nicIds,
        }
      : undefined,
    addresses: addressStatus(seen, parts),
    guest: guestInfo(seen),
    portForwards: parts.forwards.map((it) => forwardView(it, seen.hostName)),
    conditions: conditionsOf(seen, parts),
    restart: { count: vm.restarts, nextAt: iso(vm.nextRestartAt) },
    lease: vm.lease ? { state: vm.lease.state, holderHostId: vm.lease.holderHostId || undefined } : undefined,
    lastExit: vm.exitAt
      ? {
          sequence: vm.exitSeq,
          reason: vm.exitReason,
          at: vm.exitAt.toISOString(),
          status: vm.exitStatus,
          href: `/v1/vms/${vm.id}/exits/${vm.exitSeq}`,
        }
      : undefined,
  };
}

function conditionsOf(seen: SeenVm, parts: VmParts): ConditionView[] {
  const { vm, shown } = seen;
  const known = (yes: boolean) => (shown === 'unknown' ? 'unknown' : yes ? 'true' : 'false');
  const waiting = vm.restartRequired;
  const restart = waiting.length > 0 ? `These wait for the next start: ${waiting.join(', ')}.` : '';
  return [
    { type: 'Scheduled', status: 'true', reason: 'placed', message: '' },
    {
      type: 'ProcessRunning',
      status: known(vm.pid > 0),
      reason: vm.pid > 0 ? 'process' : 'no-process',
      message: '',
    },
    agentCondition(seen),
    addressCondition(seen, parts),
    { type: 'Ready', status: known(isReady(seen, parts)), ...readyReason(seen, parts) },
    {
      type: 'RestartRequired',
      status: known(waiting.length > 0),
      reason: waiting.length > 0 ? 'spec-changed' : '',
      message: restart,
    },
    storageHealthy(vm.diskFaults, known(vm.diskFaults.length === 0)),
    ...cloudInitCondition(seen),
  ];
}

/** A guest whose disk refused stands still, and goes on by itself once the disk takes it. */
function storageHealthy(faults: DiskFault[], status: ConditionView['status']): ConditionView {
  const [first] = faults;
  if (!first) return { type: 'StorageHealthy', status, reason: '', message: '' };
  const disks = faults.map((it) => it.diskId).join(', ');
  const why = first.kind === 'no-space' ? 'has no space left' : 'refuses';
  const message = `The guest stands still: the storage of disk ${disks} ${why} since ${new Date(first.sinceMs).toISOString()}. It goes on by itself.`;
  return { type: 'StorageHealthy', status, reason: first.kind, message };
}

/** It runs, as it was last asked for, and its guest has come up as far as it can tell. */
export function isReady(seen: SeenVm, parts: VmParts): boolean {
  const { vm, shown } = seen;
  if (shown !== 'running' || vm.observedGeneration < vm.generation) return false;
  return !waitsForAgent(vm.guestAgent) && waitsForAddress(seen, parts) === undefined;
}

/** Why it is not, or the state that it is ready in. */
export function readyReason(seen: SeenVm, parts: VmParts): { reason: string; message: string } {
  const { vm, shown } = seen;
  if (shown !== 'running') return { reason: shown, message: '' };
  if (waitsForAgent(vm.guestAgent)) {
    const message = 'The agent in the guest answered in the run before this one; it is waited for.';
    return { reason: 'waiting-for-guest-agent', message };
  }
  const address = waitsForAddress(seen, parts);
  if (address) return { reason: 'waiting-for-address', message: address };
  if (vm.observedGeneration < vm.generation) {
    return { reason: 'waiting-for-host', message: 'The host has not reached the newest change yet.' };
  }
  return { reason: shown, message: '' };
}

function networkRef(nic: NicEntity, parts: VmParts): NetworkRef {
  const network = nic.networkId === null ? undefined : parts.networks.get(nic.networkId);
  return network ? { id: network.id, name: network.name } : USER_NETWORK;
}

export function forwardView(forward: PortForwardEntity, hostName: string): PortForwardView {
  return {
    id: forward.id,
    protocol: forward.protocol,
    hostAddress: forward.hostAddress,
    hostPort: forward.hostPort,
    guestPort: forward.guestPort,
    connect: connectText(forward, hostName),
  };
}
