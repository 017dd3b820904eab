import type { Difference } from './difference.js';

/** The fields of a document of a file. */
export type Fields = Readonly<Record<string, unknown>>;

/** What it takes to make one thing what a file says. */
export type Plan<P = Fields> =
  | { kind: 'create'; body: Fields }
  | { kind: 'same' }
  | { kind: 'change'; patch: P; differences: Difference[] }
  | { kind: 'impossible'; differences: Difference[] };
