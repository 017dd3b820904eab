import type { CreateVm, Vm } from '#libs/client';
import type { Difference } from './difference.js';

const GIB = 1024 ** 3;

/** Differences in what a VM keeps for its whole life and shows in another form than the file. Pure. */
export function diffFixed(wanted: CreateVm, present: Vm): Difference[] {
  const { spec } = present;
  return [
    ...differing('project', wanted.project, present.project),
    ...differing('template', wanted.template, templateOf(wanted.template, spec)),
    ...diffDisks(wanted, spec.disks),
  ];
}

/** The template as the file names it: by name or by id. */
function templateOf(wanted: string | undefined, spec: Vm['spec']): string {
  const id = spec.disks[0]?.templateId;
  return wanted !== undefined && wanted === id ? id : (spec.template ?? 'none');
}

function diffDisks({ disks }: CreateVm, present: Vm['spec']['disks']): Difference[] {
  if (disks === undefined) return [];
  if (disks.length !== present.length) {
    return [{ field: 'disks', before: `${present.length} disks`, after: `${disks.length} disks` }];
  }
  return disks.flatMap(({ sizeGiB, readOnly }, index) => [
    ...differing(`disks[${index}].sizeGiB`, sizeGiB, (present[index]?.sizeBytes ?? 0) / GIB),
    ...differing(`disks[${index}].readOnly`, readOnly, present[index]?.readOnly ?? false),
  ]);
}

function differing<T>(field: string, wanted: T | undefined, present: T): Difference[] {
  if (wanted === undefined || wanted === present) return [];
  return [{ field, before: String(present), after: String(wanted) }];
}
