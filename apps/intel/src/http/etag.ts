import { VmanError } from '#libs/errors';

export const etagOf = (generation: number) => `"g${generation}"`;

/** Throws precondition_failed when the caller has seen another version. */
export function checkIfMatch(ifMatch: string | undefined, generation: number): void {
  if (ifMatch === undefined) return;
  const wanted = ifMatch.split(',').map((it) => it.trim());
  if (wanted.includes('*') || wanted.includes(etagOf(generation))) return;
  throw new VmanError('precondition_failed', `The present ETag is ${etagOf(generation)}.`);
}
