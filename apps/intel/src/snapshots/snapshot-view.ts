import type { SnapshotView } from '#libs/contracts/http';
import type { SeenSnapshot } from '../db-operator/index.js';
import { errorView } from '../operations/index.js';

/** A snapshot as the API shows it. */
export function snapshotView({ snapshot, state, vmName, current }: SeenSnapshot): SnapshotView {
  const { machine, failureCode } = snapshot;
  return {
    id: snapshot.id,
    name: snapshot.name,
    description: snapshot.description,
    project: snapshot.project,
    vm: { id: snapshot.vmId, name: vmName },
    state,
    failure: failureCode ? errorView(failureCode, snapshot.failureMessage) : undefined,
    memory: snapshot.memory,
    freeze: snapshot.freeze,
    consistency: snapshot.consistency ?? undefined,
    bytes: snapshot.bytes ?? undefined,
    takenAt: snapshot.takenAt?.toISOString(),
    parent: snapshot.parentId ?? undefined,
    current,
    disks: snapshot.disks.map((it) => ({
      id: it.diskId,
      sizeBytes: it.sizeBytes,
      pool: it.poolId ?? undefined,
    })),
    machine: {
      vcpus: machine.vcpus,
      memoryMiB: machine.memoryMib,
      machine: machine.type,
      firmware: machine.firmware,
      nics: machine.nics,
    },
    createdAt: snapshot.createdAt.toISOString(),
    updatedAt: snapshot.updatedAt.toISOString(),
  };
}
