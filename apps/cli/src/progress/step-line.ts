import type { Operation, OperationStep } from '#libs/client';
import { took } from '../output/figures.js';
import { safeText } from '../terminal/safe-text.js';

/** What an operation is at, in a line. */
export function phaseLine(operation: Operation): string {
  const what = operation.phase && operation.phase !== operation.status ? `: ${operation.phase}` : '';
  const progress = operation.progress > 0 && operation.progress < 100 ? ` ${operation.progress} %` : '';
  const subject = operation.resources.map((it) => it.name).join(', ');
  return safeText(`${operation.kind} ${subject} ${operation.status}${what}${progress}`);
}

export function stepLine(step: OperationStep): string {
  return safeText(`${step.step} ${step.outcome} in ${took(step.durationMs)}`);
}
