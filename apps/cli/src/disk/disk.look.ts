import type { Disk } from '#libs/client';
import { age, bytes, labels, moment } from '../output/figures.js';
import type { Look } from '../output/print.js';
import type { Fact } from '../output/sheet.js';
import type { Colour } from '../terminal/colour.js';

export const diskLook: Look<Disk> = {
  name: (disk) => disk.name ?? disk.id,
  columns: [
    { header: 'NAME', value: (it) => it.name ?? it.id },
    { header: 'STATE', value: (it) => it.state, colour: stateColour },
    { header: 'SIZE', value: (it) => bytes(it.sizeBytes) },
    { header: 'VM', value: (it) => it.vm?.name ?? '' },
    { header: 'POOL', value: (it) => it.pool?.name ?? '' },
    { header: 'HOST', value: (it) => it.host?.name ?? '' },
    { header: 'AGE', value: (it, nowMs) => age(it.createdAt, nowMs) },
    { header: 'TEMPLATE', value: (it) => it.template?.name ?? '', wide: true },
    { header: 'PROJECT', value: (it) => it.project, wide: true },
    { header: 'CACHE', value: (it) => it.cache, wide: true },
    { header: 'LABELS', value: (it) => labels(it.labels), wide: true },
    { header: 'ID', value: (it) => it.id, wide: true },
  ],
  facts,
};

function stateColour({ state }: Disk): Colour | undefined {
  switch (state) {
    case 'attached':
    case 'available':
      return 'green';
    case 'creating':
    case 'detaching':
    case 'deleting':
      return 'yellow';
    case 'failed':
      return 'red';
  }
}

function facts(disk: Disk, nowMs: number): Fact[] {
  const { failure, growingToBytes: growing, ioLimits } = disk;
  return [
    { name: 'Name', value: disk.name },
    { name: 'Id', value: disk.id },
    { name: 'Project', value: disk.project },
    { name: 'State', value: disk.state, colour: stateColour(disk) },
    { name: 'Error', value: failure && `${failure.message} [${failure.code}]`, colour: 'red' },
    { name: 'Hint', value: failure?.hint },
    { name: 'Size', value: bytes(disk.sizeBytes) + (growing ? `, growing to ${bytes(growing)}` : '') },
    { name: 'VM', value: disk.vm?.name },
    { name: 'Boot order', value: disk.bootOrder > 0 ? String(disk.bootOrder) : undefined },
    { name: 'Read-only', value: disk.readOnly ? 'yes' : undefined },
    { name: 'Kept', value: disk.keepOnDelete ? 'when its VM is deleted' : undefined },
    { name: 'Pool', value: disk.pool?.name },
    { name: 'Host', value: disk.host?.name },
    { name: 'Template', value: disk.template?.name },
    { name: 'Cache', value: disk.cache },
    { name: 'Discard', value: disk.discard },
    { name: 'I/O limits', value: ioLimits && limitsText(ioLimits) },
    { name: 'Labels', value: labels(disk.labels) || undefined },
    { name: 'Created', value: moment(disk.createdAt, nowMs) },
  ];
}

const limitsText = (limits: object) => Object.entries(limits).map(([name, value]) => `${name} ${value}`);
