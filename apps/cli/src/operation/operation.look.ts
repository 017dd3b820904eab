import type { Operation } from '#libs/client';
import { age, moment, took } from '../output/figures.js';
import type { Look } from '../output/print.js';
import type { Fact } from '../output/sheet.js';
import { stepLine } from '../progress/step-line.js';
import type { Colour } from '../terminal/colour.js';

const subjects = (operation: Operation) => operation.resources.map((it) => it.name).join(',');

export const operationLook: Look<Operation> = {
  name: (operation) => operation.id,
  columns: [
    { header: 'ID', value: (it) => it.id },
    { header: 'KIND', value: (it) => it.kind },
    { header: 'RESOURCE', value: subjects },
    { header: 'STATUS', value: (it) => it.status, colour: statusColour },
    { header: 'ORIGIN', value: (it) => it.origin },
    { header: 'TOOK', value: (it, nowMs) => tookText(it, nowMs) },
    { header: 'AGE', value: (it, nowMs) => age(it.queuedAt, nowMs) },
    { header: 'PHASE', value: (it) => it.phase, wide: true },
    { header: 'BY', value: (it) => it.requestedBy, wide: true },
    { header: 'GENERATION', value: (it) => String(it.generation ?? ''), wide: true },
    { header: 'ERROR', value: (it) => it.error?.code ?? '', wide: true },
    { header: 'REASON', value: (it) => it.reason, wide: true },
  ],
  facts,
};

function statusColour({ status }: Operation): Colour | undefined {
  switch (status) {
    case 'succeeded':
      return 'green';
    case 'failed':
      return 'red';
    case 'cancelled':
      return 'dim';
    case 'queued':
    case 'running':
      return 'yellow';
  }
}

/** From its beginning to its end, or till now. */
function tookText({ startedAt, finishedAt }: Operation, nowMs: number): string {
  if (startedAt === undefined) return '';
  const end = finishedAt === undefined ? nowMs : Date.parse(finishedAt);
  return took(Math.max(0, end - Date.parse(startedAt)));
}

function facts(operation: Operation, nowMs: number): Fact[] {
  const { error } = operation;
  return [
    { name: 'Id', value: operation.id },
    { name: 'Kind', value: operation.kind },
    { name: 'Resource', value: operation.resources.map((it) => `${it.kind} ${it.name} (${it.id})`) },
    { name: 'Status', value: operation.status, colour: statusColour(operation) },
    { name: 'Error', value: error && `${error.message} [${error.code}]`, colour: 'red' },
    { name: 'Hint', value: error?.hint },
    { name: 'Successor', value: error?.successorId },
    { name: 'Phase', value: operation.finishedAt ? undefined : operation.phase },
    { name: 'Progress', value: operation.finishedAt ? undefined : `${operation.progress} %` },
    { name: 'Steps', value: operation.steps.map(stepLine) },
    { name: 'Origin', value: operation.origin },
    { name: 'By', value: operation.requestedBy },
    { name: 'Reason', value: operation.reason },
    { name: 'Generation', value: operation.generation?.toString() },
    { name: 'Attempt', value: String(operation.attempt) },
    { name: 'Cancel', value: operation.mayCancel ? 'possible' : undefined },
    { name: 'Noticed', value: moment(operation.detectedAt, nowMs) },
    { name: 'Queued', value: moment(operation.queuedAt, nowMs) },
    { name: 'Started', value: moment(operation.startedAt, nowMs) },
    { name: 'Finished', value: moment(operation.finishedAt, nowMs) },
    { name: 'Took', value: tookText(operation, nowMs) },
    { name: 'Deadline', value: operation.finishedAt ? undefined : operation.deadlineAt },
    { name: 'Request', value: operation.requestId },
  ];
}
