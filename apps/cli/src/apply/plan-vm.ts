/**
 * What it takes to make a VM what a file says: pure, from the file and the VM as it is. Only fields that the file has
 * are compared; what it leaves out stays as it is. `labels` and `portForwards` are whole: what they lack is removed.
 */
import type { CreateVm, PatchVm, Vm } from '#libs/client';
import { diffCloudInit } from './diff-cloud-init.js';
import { diffFixed } from './diff-fixed.js';
import { diffNics } from './diff-nics.js';
import { diffPlain } from './diff-plain.js';
import type { Difference } from './difference.js';

export type Power = 'start' | 'shutdown' | 'resume';

export type VmPlan =
  | { kind: 'create'; body: CreateVm }
  | { kind: 'same' }
  | { kind: 'change'; patch?: PatchVm; power?: Power; differences: Difference[] }
  | { kind: 'impossible'; differences: Difference[] };

export function planVm(wanted: CreateVm, present: Vm | undefined): VmPlan {
  if (present === undefined) return { kind: 'create', body: wanted };
  if (present.status.purgeAt !== undefined) return { kind: 'impossible', differences: [trashed(present)] };
  const patch: PatchVm = {};
  const plain = diffPlain(inServerTime(wanted), present, patch);
  const fixed = [...diffFixed(wanted, present), ...plain.fixed];
  if (fixed.length > 0) return { kind: 'impossible', differences: fixed };
  const differences = [
    ...plain.patched,
    ...diffLabels(wanted, present, patch),
    ...diffRestart(wanted, present, patch),
    ...diffNics(wanted, present, patch),
    ...diffCloudInit(wanted, present, patch),
  ];
  const power = powerFor(wanted.desiredState, present.spec.desiredState);
  if (power) {
    const note = power;
    differences.push({
      field: 'desiredState',
      before: present.spec.desiredState,
      after: wanted.desiredState ?? '',
      note,
    });
  }
  if (differences.length === 0) return { kind: 'same' };
  return { kind: 'change', patch: Object.keys(patch).length > 0 ? patch : undefined, power, differences };
}

function trashed({ name, status }: Vm): Difference {
  const note = `vman vm restore ${name}, or vman vm delete --purge ${name}`;
  return { field: 'status', before: `in the trash until ${status.purgeAt}`, after: 'in use', note };
}

/** The same moment is the same text. */
function inServerTime(wanted: CreateVm): CreateVm {
  const at = Date.parse(wanted.expiresAt ?? '');
  return Number.isNaN(at) ? wanted : { ...wanted, expiresAt: new Date(at).toISOString() };
}

function diffLabels({ labels }: CreateVm, present: Vm, patch: PatchVm): Difference[] {
  if (labels === undefined) return [];
  const keys = [...new Set([...Object.keys(present.labels), ...Object.keys(labels)])].sort();
  const changed = keys.filter((key) => present.labels[key] !== labels[key]);
  if (changed.length > 0) {
    const change = Object.fromEntries(changed.map((key) => [key, labels[key] ?? null]));
    patch.labels = change as PatchVm['labels'];
  }
  return changed.map((key) => ({
    field: `labels.${key}`,
    before: present.labels[key] ?? 'none',
    after: labels[key] ?? 'none',
  }));
}

function diffRestart({ restart }: CreateVm, { spec }: Vm, patch: PatchVm): Difference[] {
  const fields = ['policy', 'maxRetries', 'windowSeconds'] as const;
  const changed = fields.filter((it) => restart?.[it] !== undefined && restart[it] !== spec.restart[it]);
  if (changed.length > 0) patch.restart = restart;
  return changed.map((field) => ({
    field: `restart.${field}`,
    before: String(spec.restart[field]),
    after: String(restart?.[field]),
  }));
}

function powerFor(after: CreateVm['desiredState'], before: Vm['spec']['desiredState']): Power | undefined {
  if (after === undefined || after === before) return undefined;
  if (after === 'stopped') return 'shutdown';
  return before === 'paused' ? 'resume' : 'start';
}
