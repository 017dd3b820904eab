import { type CreateVm, type PatchVm, patchVmFields, type Vm } from '#libs/client';
import type { Difference } from './difference.js';
import { sameValue } from './same-value.js';

/** Fields that are compared in a way of their own. */
const SPECIAL = [
  'name',
  'project',
  'template',
  'disks',
  'nics',
  'restart',
  'labels',
  'desiredState',
  'cloudInit',
];
const NEXT_START = ['vcpus', 'memoryMiB', 'cpuModel', 'vnc', 'watchdog'];

export interface PlainDifferences {
  /** Put into the patch. */
  patched: Difference[];
  /** The API has no way to change them. */
  fixed: Difference[];
}

/** Differences of all fields that stand in the spec as they stand in the file, also those of newer servers. Pure. */
export function diffPlain(wanted: CreateVm, { spec }: Vm, patch: PatchVm): PlainDifferences {
  const patched: Difference[] = [];
  const fixed: Difference[] = [];
  const present: Readonly<Record<string, unknown>> = { ...spec };
  for (const [field, after] of Object.entries(wanted)) {
    if (SPECIAL.includes(field) || after === undefined || sameValue(after, present[field])) continue;
    const note = NEXT_START.includes(field) ? 'with the next start' : undefined;
    const difference = { field, before: text(present[field]), after: text(after), note };
    if (patchVmFields.includes(field)) {
      Object.assign(patch, { [field]: after });
      patched.push(difference);
    } else fixed.push(difference);
  }
  return { patched, fixed };
}

const text = (value: unknown) => (typeof value === 'string' ? value : (JSON.stringify(value) ?? 'none'));
