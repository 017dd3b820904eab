import type { VmExit, VmExitSummary } from '#libs/client';
import { age, moment } from '../output/figures.js';
import type { Look } from '../output/print.js';
import { consoleText } from './show-logs.js';

export const exitListLook: Look<VmExitSummary> = {
  name: (exit) => String(exit.sequence),
  columns: [
    { header: 'EXIT', value: (it) => String(it.sequence) },
    { header: 'REASON', value: (it) => it.reason },
    { header: 'STATUS', value: (it) => it.status },
    { header: 'HOST', value: (it) => it.host.name },
    { header: 'PID', value: (it) => String(it.pid) },
    { header: 'STARTED', value: (it) => it.startedAt },
    { header: 'AGE', value: (it, nowMs) => age(it.at, nowMs) },
  ],
  facts: () => [],
};

/** The death certificate of one process. */
export const exitLook: Look<VmExit> = {
  name: exitListLook.name,
  columns: exitListLook.columns,
  facts: (exit, nowMs) => [
    { name: 'Exit', value: String(exit.sequence) },
    { name: 'Reason', value: exit.reason, colour: 'red' },
    { name: 'Status', value: exit.status },
    { name: 'Host', value: exit.host.name },
    { name: 'Process', value: String(exit.pid) },
    { name: 'Started', value: moment(exit.startedAt, nowMs) },
    { name: 'Ended', value: moment(exit.at, nowMs) },
    { name: 'Events', value: exit.qmpEvents.map((it) => `${it.at} ${it.name} ${it.data}`) },
    { name: 'QEMU', value: consoleText(exit.stderrTail) },
    { name: 'Console', value: consoleText(exit.serialTail) },
  ],
};
