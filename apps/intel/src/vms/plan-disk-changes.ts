import { v7 as uuidv7 } from 'uuid';
import type { DiskPatch } from '#libs/contracts/http';
import { type FieldFault, VmanError } from '#libs/errors';
import type { DiskEntity, VmEntity, VmParts } from '../db-operator/index.js';
import { invalidInput } from '../http/index.js';

const GIB = 1024 ** 3;

export interface DiskChanges {
  insert: DiskEntity[];
  grow: { id: string; sizeBytes: number }[];
  attach: string[];
  /** Kept outside of the machine. */
  detach: string[];
  /** To be removed once they are outside. */
  leave: string[];
}

/**
 * What a new list of disks means: an entry with an id is a disk that is there, one without is a new one, and a disk
 * that the list leaves out goes with its content. Throws invalid_input with all faults. Pure, but for the new ids.
 */
export function planDiskChanges(vm: VmEntity, parts: VmParts, wanted: DiskPatch[]): DiskChanges {
  const faults: FieldFault[] = [];
  const fault = (index: number, field: string, code: string, message: string) =>
    faults.push({ field: `disks[${index}].${field}`, code, message });
  const changes: DiskChanges = { insert: [], grow: [], attach: [], detach: [], leave: [] };
  const generation = vm.generation + 1;
  let position = Math.max(-1, ...[...parts.disks, ...parts.leavingDisks].map((it) => it.position)) + 1;
  const seen = new Set<string>();
  for (const [index, input] of wanted.entries()) {
    const sizeBytes = input.sizeGiB == null ? undefined : input.sizeGiB * GIB;
    if (input.id == null) {
      if (sizeBytes === undefined) fault(index, 'sizeGiB', 'required', 'is required for a new disk');
      changes.insert.push({
        id: uuidv7(),
        vmId: vm.id,
        position,
        bootOrder: position + 1,
        sizeBytes: sizeBytes ?? 0,
        templateId: null,
        readOnly: input.readOnly ?? false,
        presence: input.attached === false ? 'detached' : 'attached',
        presenceGeneration: generation,
      });
      position += 1;
      continue;
    }
    const disk = parts.disks.find((it) => it.id === input.id);
    if (!disk) fault(index, 'id', 'unknown', 'the VM has no such disk');
    else if (seen.has(disk.id)) fault(index, 'id', 'duplicate', 'is in the list twice');
    if (!disk) continue;
    seen.add(disk.id);
    if (sizeBytes !== undefined && sizeBytes < disk.sizeBytes) {
      const message = `a disk never shrinks; it has ${Math.ceil(disk.sizeBytes / GIB)} GiB`;
      fault(index, 'sizeGiB', 'shrink', message);
    } else if (sizeBytes !== undefined && sizeBytes > disk.sizeBytes) {
      changes.grow.push({ id: disk.id, sizeBytes });
    }
    if (input.readOnly != null && input.readOnly !== disk.readOnly) {
      fault(index, 'readOnly', 'immutable', 'cannot change; attach another disk');
    }
    if (input.attached === true && disk.presence === 'detached') changes.attach.push(disk.id);
    if (input.attached === false && disk.presence === 'attached') changes.detach.push(disk.id);
  }
  if (faults.length > 0) throw invalidInput(faults);
  changes.leave = parts.disks.filter((it) => !seen.has(it.id)).map((it) => it.id);
  refuseBootDisk(vm, parts, [...changes.leave, ...changes.detach]);
  return changes;
}

/** A running guest never lets go of the disk that it was booted from without harm. */
function refuseBootDisk(vm: VmEntity, parts: VmParts, goingIds: string[]): void {
  const first = parts.disks.find((it) => it.presence === 'attached' && it.bootOrder > 0);
  if (!first || vm.desiredPower === 'stopped' || !goingIds.includes(first.id)) return;
  throw new VmanError('invalid_state', 'The disk that a running VM boots from cannot be taken away.', {
    hint: 'Stop the VM first.',
  });
}
