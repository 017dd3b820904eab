import type { Repair, RepairPause } from '#libs/client';
import { age, moment } from '../output/figures.js';
import type { Look } from '../output/print.js';
import type { Colour } from '../terminal/colour.js';

export const repairLook: Look<Repair> = {
  name: (repair) => repair.id,
  columns: [
    { header: 'KIND', value: (it) => it.kind },
    { header: 'ACTION', value: (it) => it.action },
    { header: 'STATE', value: (it) => it.state, colour: stateColour },
    { header: 'VM', value: (it) => it.vm.name },
    { header: 'HOST', value: (it) => it.host.name },
    { header: 'REASON', value: (it) => it.reason },
    { header: 'AGE', value: (it, nowMs) => age(it.decidedAt, nowMs) },
    { header: 'ATTEMPT', value: (it) => String(it.attempt), wide: true },
    { header: 'ORIGIN', value: (it) => it.origin, wide: true },
    { header: 'ID', value: (it) => it.id, wide: true },
  ],
  facts: (repair, nowMs) => [
    { name: 'Id', value: repair.id },
    { name: 'Kind', value: repair.kind },
    { name: 'Action', value: repair.action },
    { name: 'State', value: repair.state, colour: stateColour(repair) },
    { name: 'Error', value: repair.error && `${repair.error.message} [${repair.error.code}]`, colour: 'red' },
    { name: 'VM', value: repair.vm.name },
    { name: 'Host', value: repair.host.name },
    { name: 'Expected', value: repair.expected },
    { name: 'Seen', value: repair.seen },
    { name: 'Reason', value: repair.reason },
    { name: 'Generation', value: String(repair.generation) },
    { name: 'Exit', value: repair.exitSequence?.toString() },
    { name: 'Attempt', value: String(repair.attempt) },
    { name: 'Origin', value: repair.origin },
    { name: 'Noticed', value: moment(repair.detectedAt, nowMs) },
    { name: 'Decided', value: moment(repair.decidedAt, nowMs) },
    { name: 'Finished', value: moment(repair.finishedAt, nowMs) },
  ],
};

function stateColour({ state }: Repair): Colour | undefined {
  switch (state) {
    case 'succeeded':
      return 'green';
    case 'queued':
    case 'running':
      return 'yellow';
    case 'failed':
      return 'red';
    case 'cancelled':
      return 'dim';
  }
}

const scopeText = ({ scope: { kind, name, id } }: RepairPause) =>
  kind === 'fleet' ? 'fleet' : `${kind} ${name ?? id}`;

export const pauseLook: Look<RepairPause> = {
  name: (pause) => pause.id,
  columns: [
    { header: 'SCOPE', value: scopeText },
    { header: 'UNTIL', value: (it) => it.until },
    { header: 'REASON', value: (it) => it.reason },
    { header: 'BY', value: (it) => it.requestedBy },
    { header: 'AGE', value: (it, nowMs) => age(it.createdAt, nowMs) },
    { header: 'ID', value: (it) => it.id },
  ],
  facts: (pause, nowMs) => [
    { name: 'Id', value: pause.id },
    { name: 'Scope', value: scopeText(pause) },
    { name: 'Until', value: pause.until },
    { name: 'Reason', value: pause.reason },
    { name: 'By', value: pause.requestedBy },
    { name: 'Created', value: moment(pause.createdAt, nowMs) },
  ],
};
