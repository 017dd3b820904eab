import type { LaunchedShape } from '#libs/domain';
import { QmpError } from '#libs/qemu';
import { Interrupted } from '../reconcile/to-failure.js';
import type { LiveProcess } from '../runtime/live-process.js';
import type { StepContext } from './step-handler.js';

/** The process that is changed; without one the plan is out of date. */
export function liveOf({ vm }: StepContext): LiveProcess {
  if (!vm.process) throw new Interrupted('the process is gone');
  return vm.process;
}

/** Makes durable what the process consists of: before something is plugged, and after the last of it is gone. */
export async function saveShape(
  { vm }: StepContext,
  live: LiveProcess,
  change: (shape: LaunchedShape) => LaunchedShape,
): Promise<void> {
  live.record.shape = change(live.record.shape);
  if (vm.process === live) await vm.store.saveProcess(live.record);
}

/** Runs a monitor command whose effect may be there already, from before a kill. */
export async function unlessSaid(pattern: RegExp, command: Promise<unknown>): Promise<void> {
  try {
    await command;
  } catch (error) {
    if (!(error instanceof QmpError) || !pattern.test(`${error.errorClass} ${error.desc}`)) throw error;
  }
}

/** What QEMU says of a name that is taken, and of one that it does not know. */
export const THERE = /Duplicate|already (exists|in use)|attempt to add duplicate property/i;
export const NOT_THERE = /NotFound|not found|Cannot find|Failed to find/i;
