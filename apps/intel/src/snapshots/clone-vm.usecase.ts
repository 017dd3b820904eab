/**
 * A new VM with copies of the disks of another one, on the same host, and an identity of its own: id, MACs, addresses,
 * ports, and a new first boot. Its disks are copied from a snapshot, since all disks of a snapshot show one moment and
 * none of them changes meanwhile. When none is named, one is taken for this, the new VM is told to its host once that
 * is there, and it is removed when the copies are made, or when they never will be.
 */
import { Inject, Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { CloneVmInput, NicInput } from '#libs/contracts/http';
import { ANY_PLACE, affinityLack, POWER_CUT } from '#libs/domain';
import { VmanError } from '#libs/errors';
import {
  type CloudInitRow,
  type DiskEntity,
  newDisk,
  type SnapshotDisk,
  type Tx,
  type VmEntity,
  type VmParts,
} from '../db-operator/index.js';
import type { Caller } from '../http/index.js';
import { INTEL_CONFIG, type IntelConfig } from '../intel.config.js';
import { openVmOperation } from '../operations/index.js';
import { takeRoom } from '../pools/index.js';
import {
  type ChangedVm,
  lockPresentVm,
  nicNetworks,
  planParts,
  stopColumns,
  takeAddresses,
  takeForwards,
} from '../vms/index.js';
import { readySnapshot } from './find-snapshot.js';
import { takeSnapshot, writableDisks } from './take-snapshot.js';

const FREEZE_MS = 5_000;

@Injectable()
export class CloneVm {
  constructor(@Inject(INTEL_CONFIG) private readonly config: IntelConfig) {}

  async execute(tx: Tx, caller: Caller, idOrName: string, input: CloneVmInput): Promise<ChangedVm> {
    const { vm: source } = await lockPresentVm(tx, caller, idOrName);
    const parts = await tx.parts.of(source.id);
    const named = input.snapshot ? await readySnapshot(tx, source.id, input.snapshot) : undefined;
    await takeHost(tx, source);
    const vmId = uuidv7();
    const taken =
      named || writableDisks(parts).length === 0 ? undefined : await takeTemporary(tx, caller, source, vmId);
    const disks = disksOf(source, parts, vmId, named?.snapshot.id ?? taken, named?.snapshot.disks);
    for (const disk of disks) await takeRoom(tx, disk.poolId, disk.sizeBytes);
    const operationId = uuidv7();
    await tx.vms.insert({
      ...specOf(source),
      id: vmId,
      name: input.name,
      cloudInit: source.cloudInit && ownFirstBoot(source.cloudInit),
      generation: 1,
      startGeneration: input.start ? 1 : 0,
      presence: 'present',
      desiredPower: input.start ? 'running' : 'stopped',
      ...stopColumns(POWER_CUT),
      causeOperationId: operationId,
      causeRequestId: caller.requestId,
      causeOrigin: caller.origin,
      sourceSnapshotId: taken ?? null,
      held: taken !== undefined,
    });
    await tx.parts.insertDisks(disks);
    await this.wire(tx, source, parts, vmId);
    await openVmOperation(
      tx,
      caller,
      { id: vmId, name: input.name, project: source.project, hostId: source.hostId },
      {
        id: operationId,
        kind: 'vm.clone',
        reason: `of ${source.name}`,
        generation: 1,
        goal: input.start ? 'running' : 'stopped',
      },
    );
    if (!taken) await tx.outbox.desired(source.hostId, vmId);
    return { vmId, operationId };
  }

  /** NICs in the same networks, with MACs, addresses and ports of their own. */
  private async wire(tx: Tx, source: VmEntity, parts: VmParts, vmId: string): Promise<void> {
    const inputs = parts.nics.map((nic): NicInput => {
      const portForwards = parts.forwards
        .filter((it) => it.nicId === nic.id)
        .map(({ protocol, hostAddress, guestPort }) => ({ protocol, hostAddress, guestPort }));
      return { kind: nic.kind, network: nic.networkId ?? undefined, portForwards };
    });
    const { project, hostId } = source;
    const networks = await nicNetworks(tx, project, inputs);
    const { forwardAddress, forwardPortRange, addressRest } = this.config;
    const planned = planParts({ name: '', nics: inputs }, { vmId, hostId, forwardAddress, networks });
    await tx.parts.insertNics(planned.nics);
    const wanted = planned.nics.map((nic, at) => ({ nic, network: networks[at], asked: [] }));
    await takeAddresses(tx, { id: vmId, project }, wanted, addressRest / 1000);
    await takeForwards(tx, planned.forwards, forwardPortRange);
  }
}

async function takeHost(tx: Tx, source: VmEntity): Promise<void> {
  const { hostId, memoryMib, vcpus, project, labels, placement } = source;
  if (await tx.hosts.reserve(hostId, memoryMib, vcpus)) {
    const here = (await tx.vms.neighbours(project, [labels])).get(hostId) ?? [];
    const lack = affinityLack({ labels, rules: placement ?? ANY_PLACE }, here, here);
    if (lack === undefined) return;
    throw new VmanError('placement_failed', `The host of the VM ${lack}.`, {
      hint: 'A clone lies on the host of its source: change the placement rules of the source first.',
    });
  }
  throw new VmanError('placement_failed', `The host of the VM has no ${memoryMib} MiB of memory left.`, {
    hint: 'A clone lies on the host of its source: free memory there.',
  });
}

async function takeTemporary(tx: Tx, caller: Caller, source: VmEntity, vmId: string): Promise<string> {
  const { snapshotId } = await takeSnapshot(tx, caller, source, {
    name: `clone-${vmId.slice(-12)}`,
    description: 'taken to copy the VM from',
    memory: false,
    freeze: 'auto',
    freezeTimeoutMs: FREEZE_MS,
    temporary: true,
  });
  return snapshotId;
}

/** The disks of the snapshot as it holds them, and those that nobody writes to as they are. */
function disksOf(
  source: VmEntity,
  parts: VmParts,
  vmId: string,
  snapshotId: string | undefined,
  held: SnapshotDisk[] | undefined,
): DiskEntity[] {
  const common = { vmId, project: source.project, hostId: source.hostId, presenceGeneration: 1 };
  const writable = writableDisks(parts);
  const inSnapshot =
    held ??
    writable.map((it) => ({
      diskId: it.id,
      poolId: it.poolId,
      sizeBytes: it.sizeBytes,
      bootOrder: it.bootOrder,
    }));
  const copies = inSnapshot.map(({ diskId, poolId, sizeBytes, bootOrder }) => {
    const known = parts.disks.find((it) => it.id === diskId);
    const value = { snapshotId: snapshotId ?? '', diskId, poolId: poolId ?? '' };
    return newDisk({
      ...common,
      id: uuidv7(),
      position: known?.position ?? 0,
      bootOrder,
      sizeBytes,
      poolId,
      cache: known?.cache ?? null,
      discard: known?.discard ?? null,
      ioLimits: known?.ioLimits ?? null,
      origin: { from: { $case: 'snapshot', value } },
    });
  });
  const fixed = parts.disks.filter((it) => it.presence === 'attached' && it.readOnly);
  return [
    ...copies,
    ...fixed.map((it) => {
      const value = { diskId: it.id, poolId: it.poolId ?? '' };
      const { position, bootOrder, sizeBytes, poolId } = it;
      const origin: DiskEntity['origin'] = { from: { $case: 'copy', value } };
      return newDisk({
        ...common,
        id: uuidv7(),
        position,
        bootOrder,
        sizeBytes,
        poolId,
        readOnly: true,
        origin,
      });
    }),
  ];
}

/** The name of the source and a network written for its MACs and addresses are its own, and not the clone's. */
function ownFirstBoot({ hostName, networkConfig, ...shared }: CloudInitRow): CloudInitRow {
  return { ...shared, instanceId: `iid-${uuidv7()}` };
}

/** What a clone has of its source. */
function specOf(source: VmEntity): Partial<VmEntity> {
  const { project, labels, hostId, vcpus, memoryMib, machine, firmware, cpuModel } = source;
  const { maxVcpus, maxMemoryMib, balloonMib, vnc, watchdog, bootPriority, placement, templateId } = source;
  const { restartPolicy, restartMaxRetries, restartWindowSeconds, unplugTimeoutMs } = source;
  return {
    ...{ project, labels, hostId, vcpus, memoryMib, machine, firmware, cpuModel, templateId },
    ...{ maxVcpus, maxMemoryMib, balloonMib, vnc, watchdog, bootPriority, placement, unplugTimeoutMs },
    ...{ restartPolicy, restartMaxRetries, restartWindowSeconds },
    deletionProtection: false,
  };
}
