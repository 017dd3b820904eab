import { paint } from '../terminal/colour.js';
import { safeText } from '../terminal/safe-text.js';
import type { Difference } from './difference.js';
import type { Plan } from './plan.js';
import type { Planned } from './plan-manifests.js';

/** A plan as text: `+` is made, `~` is changed, `=` stays, `!` cannot be. */
export function planText({ manifest, plan }: Planned, colour: boolean): string {
  const name = `${manifest.kind} ${safeText(manifest.name)}`;
  switch (plan.kind) {
    case 'create': {
      const fields = Object.entries(plan.body).filter(([field]) => field !== 'name');
      const lines = fields.map(([field, value]) => `    ${field}: ${valueText(value)}`);
      return block(paint(`+ ${name}`, 'green', colour), lines);
    }
    case 'same':
      return block(paint(`= ${name} (unchanged)`, 'dim', colour), []);
    case 'change':
      return block(paint(`~ ${name}`, 'yellow', colour), plan.differences.map(differenceLine));
    case 'impossible': {
      const lines = plan.differences.map(differenceLine);
      return block(paint(`! ${name} (these cannot be changed)`, 'red', colour), lines);
    }
  }
}

/** `1 to create, 2 to change, 1 unchanged`. Pure. */
export function sumText(plans: readonly Plan[]): string {
  const count = (kind: Plan['kind']) => plans.filter((it) => it.kind === kind).length;
  const parts = [
    [count('create'), 'to create'],
    [count('change'), 'to change'],
    [count('same'), 'unchanged'],
    [count('impossible'), 'impossible'],
  ] as const;
  return parts
    .filter(([number]) => number > 0)
    .map(([number, what]) => `${number} ${what}`)
    .join(', ');
}

function differenceLine({ field, before, after, note }: Difference): string {
  return safeText(`    ${field}: ${before} -> ${after}${note ? `  (${note})` : ''}`);
}

const valueText = (value: unknown) => safeText(typeof value === 'string' ? value : JSON.stringify(value));
const block = (head: string, lines: readonly string[]) =>
  [head, ...lines].map((line) => `${line}\n`).join('');
