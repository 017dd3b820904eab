/**
 * Statements that need nothing of each other: sent without waiting in between, which is one round trip. Unlike
 * Promise.all it lets none outlive a failure: what went on behind the rollback would be written after it.
 */
export async function together<T extends readonly unknown[]>(
  ...work: { [K in keyof T]: T[K] | Promise<T[K]> }
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const ends = await Promise.allSettled(work);
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return ends.map((end) => (end as PromiseFulfilledResult<unknown>).value) as never;
}
