import { v7 as uuidv7 } from 'uuid';
import type { SnapshotFreeze } from '#libs/contracts/http';
import { VmanError } from '#libs/errors';
import type { DiskEntity, Tx, VmEntity, VmParts } from '../db-operator/index.js';
import type { Actor } from '../http/index.js';
import { sendAction } from '../operations/index.js';

/** The header of a disk lists them all, and each launch reads it. */
const SNAPSHOTS_MAX = 64;
const BEGIN_MS = 60_000;
/** Memory goes to the storage at some 50 MiB a second at least, and once more when the operator was killed. */
const MEMORY_MS_A_MIB = 40;

export interface WantedSnapshot {
  name: string;
  description: string;
  memory: boolean;
  freeze: SnapshotFreeze;
  freezeTimeoutMs: number;
  /** Made to copy from; nobody sees it. */
  temporary: boolean;
}

/** Those that hold snapshots: what cannot be written to never changes. */
export const writableDisks = (parts: VmParts): DiskEntity[] =>
  parts.disks.filter((it) => it.presence === 'attached' && !it.readOnly);

/** Writes the row of a snapshot and sends its command. The caller holds the lock of the VM's row. */
export async function takeSnapshot(
  tx: Tx,
  actor: Actor,
  vm: VmEntity,
  wanted: WantedSnapshot,
): Promise<{ snapshotId: string; operationId: string }> {
  const parts = await tx.parts.of(vm.id);
  const disks = writableDisks(parts);
  if (disks.length === 0) {
    throw new VmanError('invalid_state', 'The VM has no disk that could hold a snapshot.', {
      hint: 'Attach a disk that the guest can write to.',
    });
  }
  if ((await tx.snapshots.count(vm.id)) >= SNAPSHOTS_MAX) {
    throw new VmanError('invalid_state', `The VM has ${SNAPSHOTS_MAX} snapshots, as many as it may.`, {
      hint: 'Delete some of them.',
    });
  }
  const { name, description, memory, freeze, freezeTimeoutMs, temporary } = wanted;
  const id = uuidv7();
  await tx.snapshots.insert({
    id,
    vmId: vm.id,
    project: vm.project,
    name,
    description,
    parentId: vm.currentSnapshotId,
    memory,
    freeze,
    state: 'creating',
    disks: disks.map((it) => ({
      diskId: it.id,
      poolId: it.poolId,
      sizeBytes: it.sizeBytes,
      bootOrder: it.bootOrder,
    })),
    machine: {
      vcpus: vm.vcpus,
      memoryMib: vm.memoryMib,
      type: vm.machine,
      firmware: vm.firmware,
      cpuModel: vm.cpuModel,
      nics: parts.nics.length,
    },
    temporary,
  });
  const value = {
    snapshotId: id,
    diskIds: disks.map((it) => it.id),
    memory,
    freeze: freeze !== 'never' && !memory,
    freezeTimeoutMs,
    freezeRequired: freeze === 'always',
  };
  const operationId = await sendAction(
    tx,
    actor,
    { kind: 'snapshot', id, name, project: vm.project, hostId: vm.hostId, vmId: vm.id },
    {
      kind: 'snapshot.create',
      action: { $case: 'createSnapshot', value },
      deadlineInMs: BEGIN_MS + 4 * freezeTimeoutMs + (memory ? vm.memoryMib * MEMORY_MS_A_MIB : 0),
    },
  );
  return { snapshotId: id, operationId };
}
