import type { Backup } from '#libs/client';
import { age, bytes, moment } from '../output/figures.js';
import type { Look } from '../output/print.js';
import type { Fact } from '../output/sheet.js';
import type { Colour } from '../terminal/colour.js';

export const backupLook: Look<Backup> = {
  name: (backup) => backup.id,
  columns: [
    { header: 'ID', value: (it) => it.id },
    { header: 'VM', value: (it) => it.vm.name },
    { header: 'STATE', value: (it) => it.state, colour: stateColour },
    { header: 'KIND', value: (it) => it.kind },
    { header: 'CONSISTENCY', value: (it) => it.consistency ?? '' },
    { header: 'SIZE', value: (it) => bytes(it.fileBytes) },
    { header: 'AGE', value: (it, nowMs) => age(it.takenAt ?? it.createdAt, nowMs) },
    { header: 'VERIFIED', value: (it, nowMs) => age(it.verifiedAt, nowMs), wide: true },
    { header: 'PARENT', value: (it) => it.parentId ?? '', wide: true },
    { header: 'POOL', value: (it) => it.poolId, wide: true },
    { header: 'PROJECT', value: (it) => it.project, wide: true },
    { header: 'ERROR', value: (it) => it.error?.code ?? '', wide: true },
  ],
  facts,
};

function stateColour({ state }: Backup): Colour | undefined {
  switch (state) {
    case 'ready':
      return 'green';
    case 'creating':
    case 'deleting':
      return 'yellow';
    case 'damaged':
    case 'failed':
      return 'red';
  }
}

function facts(backup: Backup, nowMs: number): Fact[] {
  const { error } = backup;
  return [
    { name: 'Id', value: backup.id },
    { name: 'VM', value: `${backup.vm.name} (${backup.vm.id})` },
    { name: 'Project', value: backup.project },
    { name: 'State', value: backup.state, colour: stateColour(backup) },
    { name: 'Error', value: error && `${error.message} [${error.code}]`, colour: 'red' },
    { name: 'Kind', value: backup.kind },
    { name: 'Why full', value: backup.fallbackReason || undefined },
    { name: 'Parent', value: backup.parentId },
    { name: 'Consistency', value: backup.consistency },
    { name: 'Pool', value: backup.poolId },
    { name: 'Size', value: bytes(backup.fileBytes) },
    { name: 'Disks', value: backup.disks.map((disk) => `${disk.id} ${bytes(disk.sizeBytes)}`) },
    { name: 'Created', value: moment(backup.createdAt, nowMs) },
    { name: 'Taken', value: moment(backup.takenAt, nowMs) },
    { name: 'Verified', value: moment(backup.verifiedAt, nowMs) ?? 'never' },
  ];
}
