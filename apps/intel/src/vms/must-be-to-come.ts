import type { Clock } from '#libs/clock';
import { invalidInput } from '../http/index.js';

/** A time of a request; throws invalid_input when it has passed already. */
export function mustBeToCome(field: string, time: string | null | undefined, clock: Clock): Date | undefined {
  if (time == null) return undefined;
  const at = new Date(time);
  if (at.getTime() > clock.now()) return at;
  throw invalidInput([{ field, code: 'past', message: 'must be in the future' }]);
}
