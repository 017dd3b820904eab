import type { ParseResult } from './parse-result.js';
import type { FailpointAction } from './setting.js';

/** `a.b=crash,c=error,d=pause:500` to a map. */
export function parseFailpoints(text: string): ParseResult {
  const points = new Map<string, FailpointAction>();
  for (const part of text.split(',')) {
    const match = /^([a-z0-9][A-Za-z0-9.:_-]*)=(crash|error|pause:(\d{1,7}))$/.exec(part.trim());
    if (match === null) {
      return {
        ok: false,
        problem: 'has a part that is no failpoint',
        instead: 'write name=crash, name=error or name=pause:<ms>, comma separated',
      };
    }
    points.set(match[1] as string, action(match[2] as string, match[3]));
  }
  return { ok: true, value: points };
}

function action(word: string, ms: string | undefined): FailpointAction {
  if (ms !== undefined) return { kind: 'pause', ms: Number(ms) };
  return word === 'crash' ? { kind: 'crash' } : { kind: 'error' };
}
