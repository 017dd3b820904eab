import type { Drift } from '#libs/client';
import { age, moment } from '../output/figures.js';
import type { Look } from '../output/print.js';
import type { Fact } from '../output/sheet.js';
import type { Colour } from '../terminal/colour.js';

export const driftLook: Look<Drift> = {
  name: (drift) => drift.id,
  columns: [
    { header: 'KIND', value: (it) => it.kind },
    { header: 'STATE', value: (it) => it.state, colour: stateColour },
    { header: 'VM', value: (it) => it.vm?.name ?? '' },
    { header: 'HOST', value: (it) => it.host.name },
    { header: 'EXPECTED', value: (it) => it.expected },
    { header: 'SEEN', value: (it) => it.seen },
    { header: 'AGE', value: (it, nowMs) => age(it.detectedAt, nowMs) },
    { header: 'DECISION', value: (it) => it.decision, wide: true },
    { header: 'REASON', value: (it) => it.reason, wide: true },
    { header: 'ATTEMPTS', value: (it) => String(it.attempts), wide: true },
    { header: 'ID', value: (it) => it.id, wide: true },
  ],
  facts,
};

function stateColour({ state }: Drift): Colour | undefined {
  switch (state) {
    case 'open':
    case 'repairing':
      return 'yellow';
    case 'gave-up':
      return 'red';
    case 'repaired':
    case 'cleared':
      return 'green';
  }
}

function facts(drift: Drift, nowMs: number): Fact[] {
  return [
    { name: 'Id', value: drift.id },
    { name: 'Kind', value: drift.kind },
    { name: 'State', value: drift.state, colour: stateColour(drift) },
    { name: 'VM', value: drift.vm?.name },
    { name: 'Host', value: drift.host.name },
    { name: 'Subject', value: drift.subject || undefined },
    { name: 'Expected', value: drift.expected },
    { name: 'Seen', value: drift.seen },
    { name: 'Decision', value: `${drift.decision}: ${drift.reason}` },
    { name: 'Generation', value: String(drift.generation) },
    { name: 'Attempts', value: String(drift.attempts) },
    { name: 'Next try', value: drift.nextTryAt },
    { name: 'Operation', value: drift.operationId },
    { name: 'Since', value: moment(drift.since, nowMs) },
    { name: 'Noticed', value: moment(drift.detectedAt, nowMs) },
    { name: 'Repaired', value: moment(drift.repairedAt, nowMs) },
    { name: 'Closed', value: moment(drift.closedAt, nowMs) },
  ];
}
