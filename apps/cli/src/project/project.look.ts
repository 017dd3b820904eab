import type { AuditRow, Project, Quota } from '#libs/client';
import { age, duration, labels, mebibytes, moment } from '../output/figures.js';
import type { Look } from '../output/print.js';
import type { Colour } from '../terminal/colour.js';

export const projectLook: Look<Project> = {
  name: (project) => project.name,
  columns: [
    { header: 'NAME', value: (it) => it.name },
    { header: 'DESCRIPTION', value: (it) => it.description },
    { header: 'AGE', value: (it, nowMs) => age(it.createdAt, nowMs) },
    { header: 'LABELS', value: (it) => labels(it.labels), wide: true },
    { header: 'ID', value: (it) => it.id, wide: true },
  ],
  facts: (project, nowMs) => [
    { name: 'Name', value: project.name },
    { name: 'Id', value: project.id },
    { name: 'Description', value: project.description || undefined },
    { name: 'Labels', value: labels(project.labels) || undefined },
    { name: 'Trash', value: retentionText(project) },
    { name: 'Created', value: moment(project.createdAt, nowMs) },
    { name: 'Changed', value: moment(project.updatedAt, nowMs) },
  ],
};

function retentionText({ trashRetentionSeconds: seconds }: Project): string | undefined {
  if (seconds === undefined) return undefined;
  return seconds === 0 ? 'off' : `deleted VMs are kept for ${duration(seconds * 1000)}`;
}

type Figure = keyof Quota['usage'] & keyof Quota['limits'];
const plain = (count: number) => String(count);
const figure =
  (name: Figure, text: (count: number) => string = plain) =>
  ({ usage, limits }: Quota) => {
    const limit = limits[name];
    return `${text(usage[name])}/${limit === null ? 'unlimited' : text(limit)}`;
  };
const gibibytes = (count: number) => mebibytes(count * 1024);
const FIGURES = [
  ['VMs', figure('vms')],
  ['CPUs', figure('vcpus')],
  ['Memory', figure('memoryMiB', mebibytes)],
  ['Disk', figure('diskGiB', gibibytes)],
  ['Addresses', figure('addresses')],
  ['Snapshots', figure('snapshots')],
] as const;

export const quotaLook: Look<Quota> = {
  name: (quota) => quota.project,
  columns: [
    { header: 'PROJECT', value: (it) => it.project },
    ...FIGURES.map(([name, value]) => ({ header: name.toUpperCase(), value })),
  ],
  facts: (quota) => [
    { name: 'Project', value: quota.project },
    ...FIGURES.map(([name, value]) => ({ name, value: value(quota) })),
  ],
};

export const auditLook: Look<AuditRow> = {
  name: (row) => String(row.id),
  columns: [
    { header: 'TIME', value: (it) => it.time },
    { header: 'ACTOR', value: (it) => it.actor },
    { header: 'VERB', value: (it) => it.verb },
    {
      header: 'RESOURCE',
      value: ({ resource }) => (resource ? `${resource.kind} ${resource.id ?? ''}`.trim() : ''),
    },
    { header: 'OUTCOME', value: (it) => it.outcome, colour: outcomeColour },
    { header: 'FROM', value: (it) => it.address },
    { header: 'CODE', value: (it) => it.code ?? '', wide: true },
    { header: 'PROJECT', value: (it) => it.project ?? '', wide: true },
    { header: 'OPERATION', value: (it) => it.operationId ?? '', wide: true },
    { header: 'REQUEST', value: (it) => it.requestId, wide: true },
    { header: 'ID', value: (it) => String(it.id), wide: true },
  ],
  facts: (row) => [
    { name: 'Id', value: String(row.id) },
    { name: 'Time', value: row.time },
    { name: 'Actor', value: row.actor },
    { name: 'Verb', value: row.verb },
    { name: 'Outcome', value: row.outcome, colour: outcomeColour(row) },
  ],
};

function outcomeColour({ outcome }: AuditRow): Colour | undefined {
  switch (outcome) {
    case 'succeeded':
      return 'green';
    case 'pending':
      return 'yellow';
    case 'failed':
    case 'refused':
      return 'red';
    case 'cancelled':
      return 'dim';
  }
}
