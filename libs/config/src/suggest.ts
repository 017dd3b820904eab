import { distance } from 'fastest-levenshtein';

/** More than a third of the letters different is another name, not a slip. */
const NEAR = 1 / 3;

/** The known name that was most likely meant, if one is near enough. */
export function suggest(given: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((name) => ({ name, far: distance(given, name) / Math.max(given.length, name.length) }))
    .sort((a, b) => a.far - b.far || a.name.localeCompare(b.name));
  const best = ranked[0];
  return best !== undefined && best.far <= NEAR ? best.name : undefined;
}
