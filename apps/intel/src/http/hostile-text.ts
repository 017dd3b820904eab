/**
 * What no field of any request may hold, since the database could not store it or the stack could not walk it: U+0000,
 * halves of characters, and nesting that no description has.
 */
import { type FieldFault, VmanError } from '#libs/errors';

/** The deepest body of the API has a third of it. */
const DEPTH_MAX = 32;
/** A field's name is given back in the answer. */
const PATH_MAX = 200;

const isHostile = (text: string) => text.includes('\u0000') || /\p{Surrogate}/u.test(text);

/** The first fault of a body or query, or undefined. Walks without recursion: the depth is the client's. */
export function hostileField(value: unknown): FieldFault | undefined {
  const open: { value: unknown; path: string; depth: number }[] = [{ value, path: '', depth: 0 }];
  for (let next = open.pop(); next; next = open.pop()) {
    const { value: it, path, depth } = next;
    const field = path.slice(0, PATH_MAX);
    if (typeof it === 'string' && isHostile(it)) {
      return { field, code: 'characters', message: 'must be valid Unicode without U+0000' };
    }
    if (typeof it !== 'object' || it === null || Buffer.isBuffer(it)) continue;
    if (depth >= DEPTH_MAX) {
      return { field, code: 'depth', message: `must not be nested more than ${DEPTH_MAX} deep` };
    }
    for (const [key, inner] of Object.entries(it)) {
      if (isHostile(key)) {
        return { field, code: 'characters', message: 'has a field whose name is not valid Unicode' };
      }
      open.push({ value: inner, path: (path && `${path}.${key}`) || key, depth: depth + 1 });
    }
  }
  return undefined;
}

/** Throws invalid_input; what a path names so can be nowhere: not_found. */
export function refuseHostileText(request: { params: unknown; query: unknown; body: unknown }): void {
  const values = Object.values((request.params ?? {}) as Record<string, unknown>);
  if (values.some((it) => typeof it === 'string' && isHostile(it))) {
    throw new VmanError('not_found', 'There is no resource of this name.');
  }
  const fault = hostileField(request.query) ?? hostileField(request.body);
  if (fault)
    throw new VmanError('invalid_input', `Not valid: ${fault.field || 'body'}.`, { fields: [fault] });
}
