import type { VmanClient } from '#libs/client';
import type { WaitFlags } from '../../progress/follow-change.js';
import type { Session } from '../../session.js';
import type { Fields, Plan } from '../plan.js';

/** Where the work is done: the client sends the ETag of what was compared with each change. */
export interface Workplace {
  session: Session;
  client: VmanClient;
  flags: WaitFlags;
  /** How the thing is called, and with its kind before that. */
  name: string;
  title: string;
}

/** One kind of document that a file may hold; `T` is the thing as the API shows it. */
export interface Kind<T extends object = object> {
  /** What may stand in it, beside `kind`. */
  fields: readonly string[];
  required: readonly string[];
  /** What is looked up on this machine before anything is compared; `folder` is that of the file. */
  prepare?(fields: Fields, folder: string): Promise<Fields>;
  /** How the thing is called; no two documents may be about the same. */
  name(fields: Fields): string;
  /** Undefined when it is not there. */
  find(client: VmanClient, fields: Fields): Promise<T | undefined>;
  plan(fields: Fields, present: T | undefined): Plan<Fields>;
  /** Each prints how it came out. */
  create(at: Workplace, body: Fields): Promise<void>;
  change(at: Workplace, present: T, patch: Fields): Promise<void>;
  /** Absent: a thing that no file can take away. */
  remove?(at: Workplace, present: T): Promise<void>;
}

export const nameOf = (fields: Fields): string => String(fields.name);

export const done = ({ session, name, title }: Workplace, what: string, thing: unknown): Promise<void> =>
  session.printOutcome(`${title}: ${what}`, name, thing);
