import type { Fields, Plan } from '../plan.js';
import { planFields } from '../plan-fields.js';

/** A thing that no file can make: it is changed when it is there. Pure. */
export function planPresent(
  fields: Fields,
  shown: Fields | undefined,
  changeable: readonly string[],
  why: string,
): Plan<Fields> {
  if (shown) return planFields(fields, shown, changeable);
  return {
    kind: 'impossible',
    differences: [{ field: 'name', before: 'not there', after: String(fields.name), note: why }],
  };
}
