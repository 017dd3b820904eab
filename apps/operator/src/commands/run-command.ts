/**
 * Runs journalled commands. Each attempt is counted durably before it begins; after five, or past its deadline, a
 * command fails with a code. A result is journalled before it is told. What is one durable write by itself (a restart
 * that somebody waits for) does not wait for the journal.
 */

import { failpoint } from '#libs/config';
import type { CommandResult, Failure } from '#libs/contracts';
import { VmanError } from '#libs/errors';
import { withContext } from '#libs/logging';
import type { Host } from '../host.js';
import { toFailure } from '../reconcile/to-failure.js';
import type { Vm } from '../reconcile/vm.js';
import type { JournalEntry } from '../storage/command-journal.js';
import { handlerOf } from './handlers.js';

const MAX_ATTEMPTS = 5;

type Turn = 'before-pass' | 'after-pass';

/** Runs those of one turn that are due and takes the finished ones off the list; true when one took effect. */
export async function runCommands(
  host: Host,
  vm: Vm,
  entries: JournalEntry[],
  turn: Turn,
  signal: AbortSignal,
): Promise<boolean> {
  let effect = false;
  for (const entry of [...entries]) {
    if (handlerOf(entry.command.action).runs !== turn) continue;
    if (judge(entry, vm, host.clock.now()) === 'wait') continue;
    const { operationId, requestId, traceparent } = entry.command.cause;
    const failure = await withContext({ operationId, requestId, traceparent }, () =>
      runCommand(host, vm, entry, signal),
    );
    if (signal.aborted && entry.status === 'running') return effect;
    entries.splice(entries.indexOf(entry), 1);
    effect ||= !failure;
  }
  return effect;
}

/** Is it time for it, must it wait, or has it failed already? */
export function judge(
  entry: JournalEntry,
  vm: Pick<Vm, 'desired'> | undefined,
  nowMs: number,
): 'run' | 'wait' | Failure {
  const { deadlineAtMs, minGeneration, vmId } = entry.command;
  if (deadlineAtMs > 0 && deadlineAtMs <= nowMs) {
    return { code: 'deadline_exceeded', message: 'Its deadline passed before it was carried out.' };
  }
  if (entry.attempts >= MAX_ATTEMPTS) {
    return { code: 'internal', message: `Given up after ${entry.attempts} attempts.` };
  }
  if (vmId === '') return 'run';
  return vm?.desired && vm.desired.generation >= minGeneration ? 'run' : 'wait';
}

/** Carries one out that is not to wait, journals how it ended and tells it. */
export async function runCommand(
  host: Host,
  vm: Vm | undefined,
  entry: JournalEntry,
  signal: AbortSignal,
): Promise<Failure | undefined> {
  const verdict = judge(entry, vm, host.clock.now());
  const end = typeof verdict === 'object' ? { failure: verdict } : await attempt(host, vm, entry, signal);
  if (end === 'cut-off') return undefined;
  const { failure } = end;
  const status = failure ? 'failed' : 'succeeded';
  const finished: JournalEntry = { ...entry, ...end, status, atMs: host.clock.now() };
  const told = host.journal.put(finished).then(() => host.reporter.tellCommand(finished));
  if (!handlerOf(entry.command.action).oneWrite) await told;
  else void told.catch((error) => leaveOpen(host, entry, error));
  return failure;
}

/** It is in the journal as begun: the next operator runs it again, which finds it done. */
function leaveOpen(host: Host, { command }: JournalEntry, error: unknown): void {
  const { operationId, vmId } = command;
  host.logger.error({ err: error, operationId, vmId }, 'the end of a command could not be journalled');
}

type End = { failure?: Failure; result?: CommandResult };

async function attempt(
  host: Host,
  vm: Vm | undefined,
  entry: JournalEntry,
  signal: AbortSignal,
): Promise<End | 'cut-off'> {
  const { command } = entry;
  const { $case, value } = command.action;
  const handler = handlerOf(command.action);
  const begun = { attempts: entry.attempts + 1, status: 'running' } as const;
  if (handler.oneWrite) Object.assign(entry, begun);
  else await host.journal.put(entry, begun);
  if (handler.runs === 'beside') host.reporter.tellCommand(entry);
  const progress = (percent: number): void => {
    if (entry.progressPercent === percent) return;
    entry.progressPercent = percent;
    host.reporter.tellCommand(entry);
  };
  try {
    await failpoint(`operator.command.${$case}.before`);
    if (host.dryRun) throw new VmanError('unsupported', 'This host only plans and touches nothing.');
    const result = await handler.carryOut(value, {
      host,
      vm,
      command,
      attempt: entry.attempts,
      signal,
      progress,
    });
    await failpoint(`operator.command.${$case}.after`);
    return { result };
  } catch (error) {
    if (signal.aborted) return 'cut-off';
    return { failure: toFailure(error) };
  }
}
