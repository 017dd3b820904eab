import type { Vm } from '../reconcile/vm.js';

/** Why a repair does not fit what this host holds; undefined when it does. Pure. */
export function refuseRepair(
  vm: Pick<Vm, 'desired' | 'status' | 'process'>,
  exitSeq: number,
  generation: number,
): string | undefined {
  const { desired, status, process } = vm;
  if (!desired) return 'This host does not know the VM.';
  if (desired.generation > generation) return `This host holds generation ${desired.generation} already.`;
  if (status.lastExit?.exitSeq !== exitSeq) return `The last exit is ${status.lastExit?.exitSeq ?? 0}.`;
  if (process) return 'The VM has a process again.';
  return undefined;
}
