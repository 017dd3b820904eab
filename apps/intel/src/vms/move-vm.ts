/**
 * A VM goes from one host to another: in one transaction the old host is told to let it go, then the new one to have
 * it, with a higher generation. Its disks lie in pools that both have. A VM with failover may be told to both at once,
 * since the new host waits for the lease; any other is held back until the old host has said that it is gone.
 */
import type { OperationKind } from '#libs/contracts/http';
import type { StorageRequest, WantedNetwork } from '#libs/domain';
import type { PortRange, Tx, VmEntity, VmParts } from '../db-operator/index.js';
import type { Actor } from '../http/index.js';
import { changeDesired } from './change-desired.js';
import { desiredVmOf } from './desired-vm.js';
import { placeVm } from './place-vm.js';

export interface Move {
  kind: Extract<OperationKind, 'vm.failover' | 'vm.move'>;
  reason: string;
  /** No other host will do. */
  toHost?: string;
  ports: PortRange;
}

/** Of another host nothing is known yet. */
const UNSEEN: Partial<VmEntity> = {
  state: 'pending',
  reason: '',
  observedGeneration: 0,
  acceptedGeneration: 0,
  revStart: 0,
  revSeq: 0,
  observedAt: null,
  pid: 0,
  processStartGeneration: 0,
  runningSince: null,
  failureCode: '',
  failureMessage: '',
  exitSeq: 0,
  restarts: 0,
  nextRestartAt: null,
  repairedExitSeq: 0,
  restartRequired: [],
  plugged: null,
  guestAgent: null,
  lease: null,
  diskFaults: [],
  desiredSequence: 0,
};

/** What a host needs to have for it, and whom the VM wants to meet there. */
export function needsOf(vm: VmEntity, parts: VmParts) {
  const storage: StorageRequest[] = parts.disks.map((disk) => ({ pool: disk.poolId ?? undefined, bytes: 0 }));
  const networks: WantedNetwork[] = parts.nics.flatMap((nic) => {
    const network = nic.networkId === null ? undefined : parts.networks.get(nic.networkId);
    return network ? [{ name: network.name, kind: network.kind, bridge: network.bridge }] : [];
  });
  const { project, labels, vcpus, memoryMib, placement } = vm;
  return { project, labels, rules: placement ?? undefined, vcpus, memoryMib, networks, storage };
}

/** The caller holds the VM. Throws placement_failed; gives the operation's id. */
export async function moveVm(tx: Tx, actor: Actor, vm: VmEntity, move: Move): Promise<string> {
  const parts = await tx.parts.of(vm.id);
  const { hostId } = await placeVm(tx, needsOf(vm, parts), move.toHost);
  await tx.hosts.reserve(vm.hostId, -vm.memoryMib, -vm.vcpus);
  const generation = vm.generation + 1;
  const { cloudInit: _, ...desired } = desiredVmOf(vm, parts);
  await tx.departures.keep({ ...desired, generation, presence: 'released' });
  await tx.departures.end(vm.id, hostId);
  await tx.outbox.released(vm.hostId, vm.id);
  await tx.disks.setHost(vm.id, hostId);
  await tx.forwards.move(vm.id, hostId, move.ports);
  return changeDesired(
    tx,
    actor,
    { ...vm, hostId },
    {
      kind: move.kind,
      reason: move.reason,
      power: vm.desiredPower,
      raiseStart: vm.desiredPower !== 'stopped',
      spec: { ...UNSEEN, hostId, held: vm.failoverPoolId === null },
    },
  );
}
