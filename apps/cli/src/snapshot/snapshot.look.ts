import type { Snapshot } from '#libs/client';
import { age, bytes, mebibytes, moment } from '../output/figures.js';
import type { Look } from '../output/print.js';
import type { Fact } from '../output/sheet.js';
import type { Colour } from '../terminal/colour.js';

export const snapshotLook: Look<Snapshot> = {
  name: (snapshot) => `${snapshot.vm.name}/${snapshot.name}`,
  columns: [
    { header: 'VM', value: (it) => it.vm.name },
    { header: 'NAME', value: (it) => (it.current ? `${it.name} *` : it.name) },
    { header: 'STATE', value: (it) => it.state, colour: stateColour },
    { header: 'MEMORY', value: (it) => (it.memory ? 'yes' : '') },
    { header: 'CONSISTENCY', value: (it) => it.consistency ?? '' },
    { header: 'SIZE', value: (it) => (it.bytes === undefined ? '' : bytes(it.bytes)) },
    { header: 'AGE', value: (it, nowMs) => age(it.takenAt ?? it.createdAt, nowMs) },
    { header: 'PARENT', value: (it) => it.parent ?? '', wide: true },
    { header: 'PROJECT', value: (it) => it.project, wide: true },
    { header: 'ID', value: (it) => it.id, wide: true },
  ],
  facts,
};

function stateColour({ state }: Snapshot): Colour | undefined {
  switch (state) {
    case 'ready':
      return 'green';
    case 'creating':
    case 'restoring':
    case 'deleting':
      return 'yellow';
    case 'failed':
      return 'red';
  }
}

function facts(snapshot: Snapshot, nowMs: number): Fact[] {
  const { failure, machine } = snapshot;
  return [
    { name: 'Name', value: snapshot.name },
    { name: 'Id', value: snapshot.id },
    { name: 'VM', value: snapshot.vm.name },
    { name: 'Project', value: snapshot.project },
    { name: 'Description', value: snapshot.description || undefined },
    { name: 'State', value: snapshot.state, colour: stateColour(snapshot) },
    { name: 'Error', value: failure && `${failure.message} [${failure.code}]`, colour: 'red' },
    { name: 'Hint', value: failure?.hint },
    { name: 'Current', value: snapshot.current ? 'the VM goes on from it' : undefined },
    { name: 'Memory', value: snapshot.memory ? 'with it' : 'without it' },
    { name: 'Consistency', value: snapshot.consistency },
    { name: 'Machine', value: `${machine.vcpus} CPUs, ${mebibytes(machine.memoryMiB)}` },
    { name: 'Disks', value: snapshot.disks.map((disk) => `${disk.id} ${bytes(disk.sizeBytes)}`) },
    { name: 'Size', value: snapshot.bytes === undefined ? undefined : bytes(snapshot.bytes) },
    { name: 'Parent', value: snapshot.parent },
    { name: 'Created', value: moment(snapshot.createdAt, nowMs) },
    { name: 'Taken', value: moment(snapshot.takenAt, nowMs) },
  ];
}
