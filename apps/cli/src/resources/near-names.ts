const MOST = 3;

/** Those that differ from what was typed by a slip or two, the nearest first. Pure. */
export function nearNames(typed: string, names: readonly string[]): string[] {
  const slips = Math.min(2, Math.floor(typed.length / 3));
  return names
    .map((name) => ({ name, far: distance(typed, name) }))
    .filter(({ name, far }) => far <= slips || (typed.length > 2 && name.startsWith(typed)))
    .sort((a, b) => a.far - b.far)
    .slice(0, MOST)
    .map(({ name }) => name);
}

/** How many letters are to be added, removed, changed or swapped with their neighbour to make one of the other. */
function distance(one: string, other: string): number {
  const rows: number[][] = [Array.from({ length: other.length + 1 }, (_, at) => at)];
  for (let i = 1; i <= one.length; i++) {
    const row = [i];
    for (let j = 1; j <= other.length; j++) {
      const same = one[i - 1] === other[j - 1];
      const costs = [
        (rows[i - 1]?.[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (rows[i - 1]?.[j - 1] ?? 0) + (same ? 0 : 1),
      ];
      const swapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      if (swapped) costs.push((rows[i - 2]?.[j - 2] ?? 0) + 1);
      row.push(Math.min(...costs));
    }
    rows.push(row);
  }
  return rows[one.length]?.[other.length] ?? 0;
}
