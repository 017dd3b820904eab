import type { Difference } from './difference.js';
import type { Fields, Plan } from './plan.js';
import { sameValue } from './same-value.js';

/**
 * What it takes to make a thing what a file says, field by field. Only fields that the file has are compared; `labels` are
 * whole: those that the file lacks are removed. `shown` is the thing in the words of the file. Pure.
 */
export function planFields(wanted: Fields, shown: Fields, changeable: readonly string[]): Plan {
  const fixed: Difference[] = [];
  const differences: Difference[] = [];
  const patch: Record<string, unknown> = {};
  for (const [field, after] of Object.entries(wanted)) {
    if (!(field in shown) || after === undefined) continue;
    const before = shown[field];
    if (field === 'labels') {
      const changed = labelChanges(after as Labels, (before ?? {}) as Labels);
      if (changed.length > 0)
        patch.labels = Object.fromEntries(changed.map(({ key, to }) => [key, to ?? null]));
      differences.push(
        ...changed.map(({ key, from, to }) => ({
          field: `labels.${key}`,
          before: text(from),
          after: text(to),
        })),
      );
    } else if (!sameValue(after, before)) {
      const difference = { field, before: text(before), after: text(after) };
      if (!changeable.includes(field)) fixed.push(difference);
      else {
        patch[field] = after;
        differences.push(difference);
      }
    }
  }
  if (fixed.length > 0) return { kind: 'impossible', differences: fixed };
  return differences.length > 0 ? { kind: 'change', patch, differences } : { kind: 'same' };
}

type Labels = Readonly<Record<string, string | undefined>>;

function labelChanges(wanted: Labels, present: Labels) {
  return [...new Set([...Object.keys(present), ...Object.keys(wanted)])]
    .sort()
    .map((key) => ({ key, from: present[key], to: wanted[key] }))
    .filter(({ from, to }) => from !== to);
}

function text(value: unknown): string {
  if (value === undefined || value === null) return 'none';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
