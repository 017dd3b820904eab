import { v7 as uuidv7 } from 'uuid';
import type { DiskPatch } from '#libs/contracts/http';
import type { StorageRequest } from '#libs/domain';
import { type FieldFault, VmanError } from '#libs/errors';
import { type DiskEntity, newDisk, outlivesVm, type VmEntity, type VmParts } from '../db-operator/index.js';
import { invalidInput } from '../http/index.js';
import { diskModes } from './disk-modes.js';
import { takeFault } from './take-fault.js';

const GIB = 1024 ** 3;

export interface DiskChanges {
  insert: DiskEntity[];
  grow: { id: string; sizeBytes: number }[];
  attach: string[];
  /** Kept outside of the machine. */
  detach: string[];
  /** To be removed once they are outside. */
  leave: string[];
  /** To belong to no VM once they are outside. */
  free: string[];
  /** Of no VM until now. */
  take: { id: string; change: Partial<DiskEntity> }[];
  /** Other columns. */
  update: { id: string; change: Partial<DiskEntity> }[];
  /** Of the new ones, then of the taken ones. */
  storage: StorageRequest[];
}

/**
 * What a new list of disks means: an entry with an id is a disk that is there (of the VM, or of `free`, which no VM
 * has), one without is a new one, and a disk that the list leaves out goes with its content, unless it says that it
 * outlives the VM. Throws invalid_input with all faults. Pure, but for the new ids.
 */
export function planDiskChanges(
  vm: VmEntity,
  parts: VmParts,
  wanted: DiskPatch[],
  free: ReadonlyMap<string, DiskEntity> = new Map(),
): DiskChanges {
  const faults: FieldFault[] = [];
  const fault = (index: number, field: string, code: string, message: string) =>
    faults.push({ field: `disks[${index}].${field}`, code, message });
  const changes: DiskChanges = {
    insert: [],
    grow: [],
    attach: [],
    detach: [],
    leave: [],
    free: [],
    take: [],
    update: [],
    storage: [],
  };
  const taken: StorageRequest[] = [];
  const generation = vm.generation + 1;
  let position = Math.max(-1, ...[...parts.disks, ...parts.leavingDisks].map((it) => it.position)) + 1;
  let last = Math.max(0, ...[...parts.disks, ...wanted].map((it) => it.bootOrder ?? 0));
  const seen = new Set<string>();
  const held = (input: DiskPatch): Partial<DiskEntity> => ({
    vmId: vm.id,
    position,
    bootOrder: input.bootOrder ?? ++last,
    readOnly: input.readOnly ?? false,
    presence: input.attached === false ? 'detached' : 'attached',
    presenceGeneration: generation,
    ...diskModes(input),
  });
  for (const [index, input] of wanted.entries()) {
    const sizeBytes = input.sizeGiB == null ? undefined : input.sizeGiB * GIB;
    if (input.id == null) {
      if (sizeBytes === undefined) fault(index, 'sizeGiB', 'required', 'is required for a new disk');
      changes.insert.push(
        newDisk({
          id: uuidv7(),
          project: vm.project,
          sizeBytes: sizeBytes ?? 0,
          hostId: vm.hostId,
          ...held(input),
        }),
      );
      changes.storage.push({ pool: input.pool ?? undefined, bytes: sizeBytes ?? 0 });
      position += 1;
      continue;
    }
    const disk = parts.disks.find((it) => it.id === input.id);
    const other = free.get(input.id);
    if (!disk && other && other.vmId !== vm.id) {
      const refusal = takeFault(other, vm.project, wanted.slice(0, index), input);
      if (refusal) fault(index, refusal.field, refusal.code, refusal.message);
      changes.take.push({ id: other.id, change: { keepOnDelete: true, hostId: vm.hostId, ...held(input) } });
      taken.push({ pool: other.poolId ?? undefined, bytes: 0 });
      position += 1;
      continue;
    }
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
    const change = { ...diskModes(input), ...(input.bootOrder != null && { bootOrder: input.bootOrder }) };
    if (Object.keys(change).length > 0) changes.update.push({ id: disk.id, change });
    if (input.readOnly != null && input.readOnly !== disk.readOnly) {
      fault(index, 'readOnly', 'immutable', 'cannot change; attach another disk');
    }
    if (input.attached === true && disk.presence === 'detached') changes.attach.push(disk.id);
    if (input.attached === false && disk.presence === 'attached') changes.detach.push(disk.id);
  }
  faults.push(...bootOrderFaults(parts, wanted));
  if (faults.length > 0) throw invalidInput(faults);
  const leftOut = parts.disks.filter((it) => !seen.has(it.id));
  changes.leave = leftOut.filter((it) => !outlivesVm(it)).map((it) => it.id);
  changes.free = leftOut.filter(outlivesVm).map((it) => it.id);
  changes.storage.push(...taken);
  refuseBootDisk(vm, parts, [...changes.leave, ...changes.free, ...changes.detach]);
  return changes;
}

/** QEMU starts no machine in which two disks have the same place. Those that the list leaves out are gone. */
function bootOrderFaults(parts: VmParts, wanted: DiskPatch[]): FieldFault[] {
  const places = wanted.map(
    (input) => input.bootOrder ?? parts.disks.find((it) => it.id === input.id)?.bootOrder ?? 0,
  );
  return wanted.flatMap(({ bootOrder }, index) =>
    bootOrder && places.some((place, other) => place === bootOrder && other !== index)
      ? [{ field: `disks[${index}].bootOrder`, code: 'unique', message: 'another disk has this place' }]
      : [],
  );
}

/** A running guest never lets go of the disk that it was booted from without harm. */
export function refuseBootDisk(vm: VmEntity, parts: VmParts, goingIds: string[]): void {
  const [first] = parts.disks
    .filter((it) => it.presence === 'attached' && it.bootOrder > 0)
    .sort((a, b) => a.bootOrder - b.bootOrder);
  if (!first || vm.desiredPower === 'stopped' || !goingIds.includes(first.id)) return;
  throw new VmanError('invalid_state', 'The disk that a running VM boots from cannot be taken away.', {
    hint: 'Stop the VM first.',
  });
}
