/** What became of one thing of a list between two looks at it. */
export interface ListChange<T> {
  change: 'added' | 'changed' | 'removed';
  item: T;
}

/** Things of a list by their names, each with what is shown of it. */
export type Shown<T> = ReadonlyMap<string, { item: T; text: string }>;

/** What differs, in the order of the list as it is now; what is gone comes last. Pure. */
export function listChanges<T>(before: Shown<T>, now: Shown<T>): ListChange<T>[] {
  const changes: ListChange<T>[] = [];
  for (const [name, { item, text }] of now) {
    const old = before.get(name);
    if (old === undefined) changes.push({ change: 'added', item });
    else if (old.text !== text) changes.push({ change: 'changed', item });
  }
  for (const [name, { item }] of before) {
    if (!now.has(name)) changes.push({ change: 'removed', item });
  }
  return changes;
}
