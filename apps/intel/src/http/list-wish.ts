import { PAGE_DEFAULT, type PageQuery } from '#libs/contracts/http';
import type { Caller } from './caller.js';

/** What a list is asked for, within what the caller may see: another project than its own has nothing for it. */
export function wishOf<Q extends PageQuery>(
  query: Q,
  { project }: Caller,
): Q & { within?: string; limit: number } {
  return { ...query, within: project ?? undefined, limit: query.limit ?? PAGE_DEFAULT };
}
