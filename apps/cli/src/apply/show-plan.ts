import { paint } from '../terminal/colour.js';
import { safeText } from '../terminal/safe-text.js';
import type { Difference } from './difference.js';
import type { VmPlan } from './plan-vm.js';

/** A plan as text: `+` is made, `~` is changed, `=` stays, `!` cannot be. */
export function planText(name: string, plan: VmPlan, colour: boolean): string {
  switch (plan.kind) {
    case 'create': {
      const fields = Object.entries(plan.body).filter(([field]) => field !== 'name');
      const lines = fields.map(([field, value]) => `    ${field}: ${valueText(value)}`);
      return block(paint(`+ vm ${safeText(name)}`, 'green', colour), lines);
    }
    case 'same':
      return block(paint(`= vm ${safeText(name)}`, 'dim', colour), []);
    case 'change':
      return block(paint(`~ vm ${safeText(name)}`, 'yellow', colour), plan.differences.map(differenceLine));
    case 'impossible': {
      const lines = plan.differences.map(differenceLine);
      return block(paint(`! vm ${safeText(name)} (these cannot be changed)`, 'red', colour), lines);
    }
  }
}

function differenceLine({ field, before, after, note }: Difference): string {
  return safeText(`    ${field}: ${before} -> ${after}${note ? `  (${note})` : ''}`);
}

const valueText = (value: unknown) => safeText(typeof value === 'string' ? value : JSON.stringify(value));
const block = (head: string, lines: readonly string[]) =>
  [head, ...lines].map((line) => `${line}\n`).join('');
