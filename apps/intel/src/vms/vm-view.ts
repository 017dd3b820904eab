import type { DiskFault } from '#libs/contracts';
import type { ConditionView, PortForwardView, VmStatusView, VmView } from '#libs/contracts/http';
import { cloudInitCondition, cloudInitView } from '../cloud-init/index.js';
import type { PortForwardEntity, SeenVm, VmEntity, VmParts } from '../db-operator/index.js';
import { errorView } from '../operations/index.js';
import { waitsForAgent } from './guest-agent-row.js';
import { agentCondition, guestAddresses, guestInfo } from './guest-view.js';

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
      })),
      nics: parts.nics.map((nic) => ({
        id: nic.id,
        kind: nic.kind,
        mac: nic.mac,
        portForwards: parts.forwards.filter((it) => it.nicId === nic.id).map(forwardView),
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
      deletionProtection: vm.deletionProtection,
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
    failure: vm.failureCode ? { code, message, hint } : undefined,
    observedGeneration: vm.observedGeneration,
    observedAt: iso(
      vm.observedAt && seen.hostSeenAt && seen.hostSeenAt > vm.observedAt ? seen.hostSeenAt : vm.observedAt,
    ),
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
    addresses: guestAddresses(seen),
    guest: guestInfo(seen),
    portForwards: parts.forwards.map(forwardView),
    conditions: conditionsOf(seen),
    restart: { count: vm.restarts, nextAt: iso(vm.nextRestartAt) },
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

function conditionsOf(seen: SeenVm): ConditionView[] {
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
    { type: 'Ready', status: known(isReady(vm, shown)), ...readyReason(vm, shown) },
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

type Readiness = Pick<VmEntity, 'observedGeneration' | 'generation' | 'guestAgent'>;

/** It runs, as it was last asked for, and its guest has come up as far as it can tell. */
export function isReady(vm: Readiness, shown: string): boolean {
  return shown === 'running' && vm.observedGeneration >= vm.generation && !waitsForAgent(vm.guestAgent);
}

function readyReason(vm: Readiness, shown: string): { reason: string; message: string } {
  if (shown !== 'running' || !waitsForAgent(vm.guestAgent)) return { reason: shown, message: '' };
  const message = 'The agent in the guest answered in the run before this one; it is waited for.';
  return { reason: 'waiting-for-guest-agent', message };
}

function forwardView(forward: PortForwardEntity): PortForwardView {
  return {
    id: forward.id,
    protocol: forward.protocol,
    hostAddress: forward.hostAddress,
    hostPort: forward.hostPort,
    guestPort: forward.guestPort,
  };
}
