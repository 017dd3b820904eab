/**
 * Runs journalled commands in the loop of their VM. Each attempt is counted durably before it begins; after five, or
 * past its deadline, a command fails with a code. A result is journalled before it is told.
 */

import { failpoint } from '#libs/config';
import type { Command, Failure } from '#libs/contracts';
import { VmanError } from '#libs/errors';
import type { Host } from '../host.js';
import { toFailure } from '../reconcile/to-failure.js';
import type { Vm } from '../reconcile/vm.js';
import { monitorOf } from '../steps/pause-resume.steps.js';
import type { JournalEntry } from '../storage/command-journal.js';
import { refuseRepair } from './refuse-repair.js';

const MAX_ATTEMPTS = 5;

/** Runs those of one kind that are due and takes the finished ones off the list; true when one took effect. */
export async function runCommands(
  host: Host,
  vm: Vm,
  entries: JournalEntry[],
  kind: Command['action']['$case'],
): Promise<boolean> {
  let effect = false;
  for (const entry of [...entries]) {
    if (entry.command.action.$case !== kind) continue;
    const verdict = judge(entry, vm, host.clock.now());
    if (verdict === 'wait') continue;
    const failure = verdict === 'run' ? await attempt(host, vm, entry) : verdict;
    const status = failure ? 'failed' : 'succeeded';
    const finished: JournalEntry = { ...entry, status, failure, atMs: host.clock.now() };
    await host.journal.put(finished);
    host.reporter.tellCommand(finished);
    entries.splice(entries.indexOf(entry), 1);
    effect ||= !failure;
  }
  return effect;
}

/** Is it time for it, must it wait, or has it failed already? */
export function judge(entry: JournalEntry, vm: Pick<Vm, 'desired'>, nowMs: number): 'run' | 'wait' | Failure {
  const { deadlineAtMs, minGeneration } = entry.command;
  if (deadlineAtMs > 0 && deadlineAtMs <= nowMs) {
    return { code: 'deadline_exceeded', message: 'Its deadline passed before it was carried out.' };
  }
  if (entry.attempts >= MAX_ATTEMPTS) {
    return { code: 'internal', message: `Given up after ${entry.attempts} attempts.` };
  }
  return vm.desired && vm.desired.generation >= minGeneration ? 'run' : 'wait';
}

async function attempt(host: Host, vm: Vm, entry: JournalEntry): Promise<Failure | undefined> {
  entry.attempts += 1;
  entry.status = 'running';
  await host.journal.put(entry);
  const { action } = entry.command;
  try {
    await failpoint(`operator.command.${action.$case}.before`);
    if (host.dryRun) throw new VmanError('unsupported', 'This host only plans and touches nothing.');
    switch (action.$case) {
      case 'reset':
        await reset(vm);
        break;
      case 'repair':
        await acceptRepair(host, vm, action.value.exitSeq, action.value.generation);
        break;
    }
    await failpoint(`operator.command.${action.$case}.after`);
    return undefined;
  } catch (error) {
    return toFailure(error);
  }
}

async function reset(vm: Vm): Promise<void> {
  if (!vm.process) throw new VmanError('invalid_state', 'The VM does not run.');
  if (!vm.process.qmp) throw new VmanError('unavailable', 'QEMU does not answer.');
  await monitorOf({ vm }).execute('system_reset');
}

/** Durably answers one exit by a restart; a second repair of the same exit has no effect. Throws `superseded`. */
export async function acceptRepair(host: Host, vm: Vm, exitSeq: number, generation: number): Promise<void> {
  if (vm.status.repairExitSeq >= exitSeq) return;
  const refusal = refuseRepair(vm, exitSeq, generation);
  if (refusal) throw new VmanError('superseded', refusal);
  await vm.saveStatus({ repairExitSeq: exitSeq, restarts: vm.status.restarts + 1, failure: undefined });
  host.logger.info({ vmId: vm.vmId, exitSeq }, 'a repair was accepted');
}
