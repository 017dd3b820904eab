/** What the disks of a create request mean: rows to insert and disks to take. Pure, but for the ids it makes. */
import { v7 as uuidv7 } from 'uuid';
import type { DiskInput } from '#libs/contracts/http';
import type { StorageRequest } from '#libs/domain';
import type { FieldFault } from '#libs/errors';
import { type DiskEntity, newDisk, type TemplateEntity } from '../db-operator/index.js';
import { invalidInput } from '../http/index.js';
import { diskModes } from './disk-modes.js';
import { takeFault } from './take-fault.js';

const GIB = 1024 ** 3;

export interface DisksContext {
  vmId: string;
  project: string;
  template: TemplateEntity | undefined;
  /** Disks that the request names, as far as they are there. */
  free: ReadonlyMap<string, DiskEntity>;
}

export interface PlannedDisks {
  /** Without their host and pool. */
  insert: DiskEntity[];
  take: { id: string; change: Partial<DiskEntity> }[];
  /** Of the new ones, then of the taken ones. */
  storage: StorageRequest[];
}

export function planDisks(wanted: DiskInput[] | undefined, context: DisksContext): PlannedDisks {
  const { template } = context;
  const disks = wanted ?? (template ? [{}] : []);
  const faults: FieldFault[] = bootOrderFaults(disks);
  const ordered = disks.some((disk) => disk.bootOrder != null);
  const planned: PlannedDisks = { insert: [], take: [], storage: [] };
  const taken: StorageRequest[] = [];
  for (const [position, input] of disks.entries()) {
    const fault = (field: string, code: string, message: string) =>
      faults.push({ field: `disks[${position}].${field}`, code, message });
    const held: Partial<DiskEntity> = {
      vmId: context.vmId,
      position,
      bootOrder: ordered ? (input.bootOrder ?? 0) : position + 1,
      presence: 'attached',
      presenceGeneration: 1,
      readOnly: input.readOnly ?? false,
      ...diskModes(input),
    };
    if (input.id != null) {
      const disk = context.free.get(input.id);
      const refusal = takeFault(disk, context.project, disks.slice(0, position), input);
      if (refusal) fault(refusal.field, refusal.code, refusal.message);
      else if (disk) {
        planned.take.push({ id: disk.id, change: { keepOnDelete: true, ...held } });
        taken.push({ pool: disk.poolId ?? undefined, bytes: 0 });
      }
      continue;
    }
    const image = position === 0 ? template : undefined;
    const least = image?.virtualBytes ?? 0;
    const sizeBytes = input.sizeGiB == null ? least : input.sizeGiB * GIB;
    if (sizeBytes === 0) fault('sizeGiB', 'required', 'is required for an empty disk');
    else if (sizeBytes < least) {
      fault('sizeGiB', 'min', `must be at least ${Math.ceil(least / GIB)}, the size of the template`);
    }
    const row = { id: uuidv7(), project: context.project, sizeBytes, templateId: image?.id ?? null };
    planned.insert.push(newDisk({ ...row, ...held }));
    planned.storage.push({ pool: input.pool ?? undefined, bytes: sizeBytes });
  }
  if (faults.length > 0) throw invalidInput(faults);
  return { ...planned, storage: [...planned.storage, ...taken] };
}

function bootOrderFaults(disks: DiskInput[]): FieldFault[] {
  const taken = new Set<number>();
  return disks.flatMap(({ bootOrder }, position) => {
    if (!bootOrder) return [];
    const field = `disks[${position}].bootOrder`;
    if (taken.has(bootOrder)) return [{ field, code: 'unique', message: 'another disk has this place' }];
    taken.add(bootOrder);
    return [];
  });
}
