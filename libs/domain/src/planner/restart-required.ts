import type { DesiredVm } from '#libs/contracts';
import type { ActualProcess, ActualVm } from './actual-vm.js';
import { hotChanges } from './hot-changes.js';

/**
 * Fields of the desired state that the running process does not have and that only a new start brings. `files` are
 * the disks that the host holds.
 */
export function restartRequired(
  desired: DesiredVm,
  process: ActualProcess,
  files: ActualVm['disks'] = [],
): string[] {
  return hotChanges(desired, process, files).waiting;
}
