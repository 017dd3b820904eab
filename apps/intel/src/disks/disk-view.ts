import type { DiskResourceView, DiskState } from '#libs/contracts/http';
import type { DiskEntity, SeenDisk } from '../db-operator/index.js';
import { errorView } from '../operations/index.js';

/** A disk as the API shows it. */
export function diskView(seen: SeenDisk): DiskResourceView {
  const { disk } = seen;
  const ref = (id: string | null, name: string | null) => (id ? { id, name: name ?? '' } : undefined);
  return {
    id: disk.id,
    name: disk.name || undefined,
    project: disk.project,
    labels: disk.labels,
    state: diskState(disk),
    failure: disk.failureCode ? errorView(disk.failureCode, disk.failureMessage) : undefined,
    sizeBytes: disk.sizeBytes,
    growingToBytes: disk.growingToBytes ?? undefined,
    template: ref(disk.templateId, seen.templateName),
    vm: ref(disk.vmId, seen.vmName),
    readOnly: disk.readOnly,
    bootOrder: disk.bootOrder,
    keepOnDelete: disk.keepOnDelete,
    cache: disk.cache ?? 'writeback',
    discard: disk.discard ?? 'unmap',
    ioLimits: disk.ioLimits ?? undefined,
    pool: ref(disk.poolId, seen.poolName),
    host: seen.poolKind === 'shared-dir' ? undefined : ref(disk.hostId, seen.hostName),
    createdAt: disk.createdAt.toISOString(),
    updatedAt: disk.updatedAt.toISOString(),
  };
}

/** The list filters by the same in SQL. */
function diskState({ vmId, state, presence }: DiskEntity): DiskState {
  if (!vmId) return state;
  switch (presence) {
    case 'attached':
      return 'attached';
    case 'detached':
      return 'available';
    case 'removed':
      return 'deleting';
    case 'restoring':
      return 'creating';
    case 'leaving':
    case 'freeing':
      return 'detaching';
  }
}
