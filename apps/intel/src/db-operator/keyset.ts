/** An opaque cursor: the sort keys of the last row of a page. */
import { VmanError } from '#libs/errors';

function encodeCursor(keys: string[]): string {
  return Buffer.from(JSON.stringify(keys)).toString('base64url');
}

/** Throws invalid_input when it is not a cursor of this list. */
export function decodeCursor(cursor: string, keys: number): string[] {
  try {
    const values: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(values) && values.length === keys && values.every((it) => typeof it === 'string')) {
      return values;
    }
  } catch {
    // Falls through: both are the same fault for the caller.
  }
  throw invalidCursor();
}

export const invalidCursor = () =>
  new VmanError('invalid_input', 'The cursor is not valid.', {
    fields: [{ field: 'cursor', code: 'invalid', message: 'must be the nextCursor of the page before' }],
  });

export interface Page<T> {
  items: T[];
  nextCursor?: string;
}

/** Rows were read with one more than `limit`. */
export function pageOf<T>(rows: T[], limit: number, keysOf: (last: T) => string[]): Page<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return rows.length > limit && last ? { items, nextCursor: encodeCursor(keysOf(last)) } : { items };
}
