/**
 * Loaded into a service before its own code: the wall clock of the process is ahead of the machine's by the
 * milliseconds that a file holds, from the moment it holds them, as when somebody sets the clock. Time that only grows
 * is not touched.
 */
import { readFileSync } from 'node:fs';

const EVERY_MS = 50;
const file = new URL(import.meta.url).searchParams.get('by') ?? '';
const real = Date;
let ahead = 0;

const now = () => real.now() + ahead;
globalThis.Date = new Proxy(real, {
  construct: (target, args, made) => Reflect.construct(target, args.length > 0 ? args : [now()], made),
  apply: () => new real(now()).toString(),
  get: (target, key) => (key === 'now' ? now : Reflect.get(target, key)),
});

setInterval(() => {
  try {
    ahead = Number(readFileSync(file, 'utf8'));
  } catch {
    // It is being written.
  }
}, EVERY_MS).unref();
