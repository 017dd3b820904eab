import { type Colour, paint } from '../terminal/colour.js';
import { safeText } from '../terminal/safe-text.js';
import type { Finding } from './finding.js';

const COLOURS: Readonly<Record<Finding['status'], Colour>> = { ok: 'green', warning: 'yellow', fault: 'red' };

/** A line for each finding, its cure below it, and the sum. */
export function findingsText(findings: readonly Finding[], colour: boolean): string {
  const width = Math.max(...findings.map(({ about }) => about.length));
  const lines = findings.flatMap(({ about, status, message, cure }) => [
    `${paint(status.padEnd(7), COLOURS[status], colour)}  ${about.padEnd(width)}  ${safeText(message)}`,
    ...(cure ? [`${' '.repeat(9)}${' '.repeat(width)}  -> ${safeText(cure)}`] : []),
  ]);
  const count = (status: Finding['status']) => findings.filter((it) => it.status === status).length;
  const sum = `${count('fault')} faults, ${count('warning')} warnings, ${count('ok')} ok`;
  return [...lines, '', sum].map((line) => `${line}\n`).join('');
}
