import type { Ground } from './ground/ground.js';

/** One row of the table: something that somebody may try, and what must come of it. */
export interface Attack {
  name: string;
  what: string;
  run(ground: Ground, tries: Tries): Promise<void>;
}

/** What was tried, and what of it got through. */
export class Tries {
  count = 0;
  readonly fell: string[] = [];

  /** `held`: the attack came to nothing. */
  say(what: string, held: boolean, seen: unknown = ''): void {
    this.count += 1;
    if (!held) this.fell.push(`${what}: ${typeof seen === 'string' ? seen : JSON.stringify(seen)}`);
  }
}
