import { hasEnded, type Operation, type VmanClient } from '#libs/client';
import { OperationFailedError } from '../errors.js';
import type { Terminal } from '../terminal/terminal.js';
import { lineProgress } from './line-progress.js';
import { spinnerProgress } from './spinner-progress.js';

export interface FollowOptions {
  timeoutMs?: number;
}

/** Waits for the end of an operation, showing its steps; throws when it did not succeed. */
export async function followOperation(
  terminal: Terminal,
  client: VmanClient,
  first: Operation,
  { timeoutMs }: FollowOptions,
): Promise<Operation> {
  if (hasEnded(first)) return succeeded(first);
  const progress = terminal.err.isTty ? spinnerProgress(terminal.err) : lineProgress(terminal.err);
  try {
    const ended = await client.operations.untilEnd(first.id, {
      timeoutMs,
      signal: terminal.interrupt,
      onProgress: (operation) => progress.update(operation),
    });
    progress.stop();
    return succeeded(ended);
  } catch (error) {
    progress.stop();
    if (terminal.interrupt.aborted) {
      terminal.err.write(`\nThe operation goes on: vman operation wait ${first.id}\n`);
      throw terminal.interrupt.reason;
    }
    throw error;
  }
}

function succeeded(operation: Operation): Operation {
  if (operation.status === 'succeeded') return operation;
  throw new OperationFailedError(operation);
}

export function subjectOf(operation: Operation): string {
  return operation.resources.map((it) => it.name).join(', ') || operation.id;
}
