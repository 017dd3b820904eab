import type { DiskEntity } from '../db-operator/index.js';
import type { PlannedDisks } from './plan-disks.js';

/** Disks of a new VM whose content comes from somewhere else than a template. */
export interface GivenDisks {
  /** Id of the only host that will do. */
  onHost?: string;
  /** The pool that the host has to read. */
  readsPool: string;
  /** For each new disk, in their order. */
  content: (Pick<DiskEntity, 'sizeBytes' | 'origin'> & Partial<DiskEntity>)[];
  /** Why the VM is made, for its operation. */
  reason: string;
}

/** Pure. */
export function withContent(planned: PlannedDisks, given: GivenDisks | undefined): PlannedDisks {
  if (!given) return planned;
  const { content, readsPool } = given;
  return {
    ...planned,
    insert: planned.insert.map((disk, index) => ({ ...disk, ...content[index] })),
    storage: [
      ...planned.storage.map((it, index) => ({ ...it, bytes: content[index]?.sizeBytes ?? it.bytes })),
      { pool: readsPool, bytes: 0 },
    ],
  };
}
