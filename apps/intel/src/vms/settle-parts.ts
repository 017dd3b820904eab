/**
 * What becomes of disks, NICs and memory that a VM is to do without, once its host has said how far it came. Pure.
 *
 * A disk goes in two changes: first it leaves the machine, and only after that has succeeded a second one, of the
 * system, says that nobody wants its content any more. What the guest did not let go of comes back into the desired
 * state as it was: nothing is lost by asking.
 */
import type { VmReport } from '#libs/contracts';
import type { VmEntity, VmParts } from '../db-operator/index.js';

export type PartsSettlement =
  | { kind: 'none' }
  /** Gone from the host: the rows can go. */
  | { kind: 'forget'; diskIds: string[]; nicIds: string[] }
  /** Out of the machine: their content may be removed now. */
  | { kind: 'discard'; diskIds: string[] }
  /** The guest kept them. */
  | { kind: 'keep'; diskIds: string[]; nicIds: string[]; memoryMib: number };

/** Only a host that came to the end of the newest change has something to settle. */
export function isSettled(vm: VmEntity, report: VmReport): boolean {
  return vm.presence === 'present' && report.observedGeneration >= vm.generation;
}

export function settleParts(vm: VmEntity, parts: VmParts, report: VmReport): PartsSettlement {
  if (!isSettled(vm, report)) return { kind: 'none' };
  const code = report.failure?.code ?? '';
  if (code === 'guest_refused') return kept(vm, parts, report);
  if (code !== '') return { kind: 'none' };
  const outside = (id: string) => !isPlugged(report, id);
  const leaving = parts.leavingDisks.filter((it) => it.presence === 'leaving' && outside(it.id));
  if (leaving.length > 0) return { kind: 'discard', diskIds: leaving.map((it) => it.id) };
  const diskIds = parts.leavingDisks.filter((it) => it.presence === 'removed' && outside(it.id));
  const nicIds = parts.leavingNics.filter((it) => outside(it.id));
  if (diskIds.length + nicIds.length === 0) return { kind: 'none' };
  return { kind: 'forget', diskIds: diskIds.map((it) => it.id), nicIds: nicIds.map((it) => it.id) };
}

/** Disks that are to belong to no VM, and are out of this one. */
export function freedDisks(parts: VmParts, report: VmReport): string[] {
  if (report.failure?.code === 'guest_refused') return [];
  return parts.leavingDisks
    .filter((it) => it.presence === 'freeing' && !isPlugged(report, it.id))
    .map((it) => it.id);
}

const isPlugged = ({ plugged }: Pick<VmReport, 'plugged'>, id: string): boolean =>
  plugged !== undefined && (plugged.diskIds.includes(id) || plugged.nicIds.includes(id));

function kept(vm: VmEntity, parts: VmParts, report: VmReport): PartsSettlement {
  const disks = [...parts.disks, ...parts.leavingDisks];
  const diskIds = disks.filter((it) => it.presence !== 'attached' && isPlugged(report, it.id));
  const nicIds = parts.leavingNics.filter((it) => isPlugged(report, it.id));
  const memoryMib = report.restartRequired.includes('memoryMiB')
    ? vm.memoryMib
    : Math.max(vm.memoryMib, report.plugged?.memoryMib ?? 0);
  if (diskIds.length + nicIds.length === 0 && memoryMib === vm.memoryMib) return { kind: 'none' };
  return { kind: 'keep', diskIds: diskIds.map((it) => it.id), nicIds: nicIds.map((it) => it.id), memoryMib };
}
