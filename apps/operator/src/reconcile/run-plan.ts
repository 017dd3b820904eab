/**
 * Carries out one plan, step by step. Between steps it looks whether a newer generation came; a step itself is never
 * broken off, only its waits are. When a step fails, the done steps of this plan are taken back in reverse, so that a
 * start that did not succeed leaves no file, socket or process.
 */

import { failpoint } from '#libs/config';
import type { DesiredVm, Failure, StepRecord } from '#libs/contracts';
import { changesOpenDisks, describeStep, type Step } from '#libs/domain';
import type { Host } from '../host.js';
import { handlerOf, type StepContext } from '../steps/index.js';
import { Interrupted, isInterruption, toFailure } from './to-failure.js';
import type { Vm } from './vm.js';

/** A step that took longer is worth a line on any day. */
const SLOW_STEP_MS = 10_000;

export type PlanResult = { kind: 'done' } | { kind: 'interrupted' } | { kind: 'failed'; failure: Failure };

export async function runPlan(
  host: Host,
  vm: Vm,
  desired: DesiredVm,
  steps: Step[],
  signal: AbortSignal,
  records: StepRecord[],
): Promise<PlanResult> {
  const context: StepContext = { host, vm, desired, signal, wait: (work) => host.places.without(work) };
  const done: Step[] = [];
  const run = async (): Promise<void> => {
    for (const step of steps) {
      if (signal.aborted) throw new Interrupted('a newer change came');
      if (await runStep(step, context, records)) done.push(step);
    }
  };
  try {
    await (steps.some(changesOpenDisks) ? host.holds.plan(vm.vmId, run) : run());
    return { kind: 'done' };
  } catch (error) {
    if (isInterruption(error)) return { kind: 'interrupted' };
    const failure = toFailure(error);
    host.logger.warn({ err: error, vmId: vm.vmId, code: failure.code }, 'a step failed');
    await undo(done, context);
    return { kind: 'failed', failure };
  } finally {
    vm.step = undefined;
  }
}

/** True when there was something to do. */
async function runStep(step: Step, context: StepContext, records: StepRecord[]): Promise<boolean> {
  const { host, vm } = context;
  const handler = handlerOf(step);
  if (!(await handler.needed(step, context))) return false;
  vm.step = step.step;
  host.reporter.tellState(vm);
  const startedAtMs = host.clock.now();
  const began = host.clock.monotonic();
  const close = (outcome: 'done' | 'failed' | 'interrupted') => {
    const ms = host.clock.monotonic() - began;
    host.measure.step(step.step, outcome, ms / 1000);
    host.logger[ms < SLOW_STEP_MS ? 'debug' : 'info'](
      { vmId: vm.vmId, step: describeStep(step), outcome, durationMs: Math.round(ms) },
      ms < SLOW_STEP_MS ? 'a step is over' : 'a slow step is over',
    );
    const record = { step: describeStep(step), startedAtMs, durationUs: Math.round(ms * 1000) };
    if (outcome !== 'interrupted') records.push({ ...record, outcome });
  };
  try {
    await failpoint(`operator.${step.step}.before`);
    await handler.carryOut(step, context);
    await handler.verify?.(step, context);
    await failpoint(`operator.${step.step}.after`);
  } catch (error) {
    const interrupted = isInterruption(error);
    close(interrupted ? 'interrupted' : 'failed');
    if (!interrupted && handler.undo) await takeBack(step, context);
    throw error;
  }
  close('done');
  return true;
}

async function undo(done: Step[], context: StepContext): Promise<void> {
  for (const step of done.reverse()) await takeBack(step, context);
}

/** A step that cannot be taken back is logged; the next plan finds what is left. */
async function takeBack(step: Step, context: StepContext): Promise<void> {
  try {
    await handlerOf(step).undo?.(step, context);
  } catch (error) {
    const { host, vm } = context;
    host.logger.error({ err: error, vmId: vm.vmId, step: step.step }, 'a step could not be taken back');
  }
}
