import type { Template } from '#libs/client';
import { age, bytes, mebibytes, moment } from '../output/figures.js';
import type { Look } from '../output/print.js';
import type { Fact } from '../output/sheet.js';
import type { Colour } from '../terminal/colour.js';

const size = (count: number | undefined) => (count === undefined ? '' : bytes(count));

export const templateLook: Look<Template> = {
  name: (template) => template.name,
  columns: [
    { header: 'NAME', value: (it) => it.name },
    { header: 'FAMILY', value: (it) => (it.family ? `${it.family} ${it.version}` : ''), wide: true },
    { header: 'STATE', value: (it) => it.state, colour: stateColour },
    { header: 'FORMAT', value: (it) => it.format },
    { header: 'FILE', value: (it) => size(it.fileBytes) },
    { header: 'DISK', value: (it) => size(it.virtualBytes) },
    { header: 'AGE', value: (it, nowMs) => age(it.createdAt, nowMs) },
    { header: 'ERROR', value: (it) => it.error?.code ?? '', wide: true },
    { header: 'SHA256', value: (it) => it.sha256 ?? '', wide: true },
    { header: 'ID', value: (it) => it.id, wide: true },
  ],
  facts,
};

function stateColour({ state }: Template): Colour | undefined {
  switch (state) {
    case 'ready':
      return 'green';
    case 'importing':
      return 'yellow';
    case 'failed':
      return 'red';
  }
}

function facts(template: Template, nowMs: number): Fact[] {
  const { error, defaults } = template;
  return [
    { name: 'Name', value: template.name },
    { name: 'Id', value: template.id },
    { name: 'Family', value: template.family && `${template.family}, version ${template.version}` },
    { name: 'Source', value: template.source },
    { name: 'State', value: template.state, colour: stateColour(template) },
    { name: 'Error', value: error && `${error.message} [${error.code}]`, colour: 'red' },
    { name: 'Hint', value: error?.hint },
    { name: 'Format', value: template.format },
    { name: 'File', value: size(template.fileBytes) },
    { name: 'Disk', value: size(template.virtualBytes) },
    { name: 'SHA-256', value: template.sha256 },
    { name: 'CPUs', value: defaults.vcpus?.toString() },
    { name: 'Memory', value: defaults.memoryMiB === undefined ? undefined : mebibytes(defaults.memoryMiB) },
    { name: 'Machine', value: defaults.machine },
    { name: 'Firmware', value: defaults.firmware },
    { name: 'Created', value: moment(template.createdAt, nowMs) },
  ];
}
