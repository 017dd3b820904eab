import { ApiError } from '#libs/client';

/** The API closes with 4000 and the status that it would have answered. */
const STATUS_BASE = 4000;
const VM_STOPPED = 4000;
const NORMAL = 1000;

export type Ending = { kind: 'closed' | 'vm-stopped' } | { kind: 'error'; error: ApiError };

/** What the end of a WebSocket means. The reason begins with a word: `too-slow: ...`. */
export function endingOf(code: number, reason: string): Ending {
  if (code === NORMAL) return { kind: 'closed' };
  if (code === VM_STOPPED) return { kind: 'vm-stopped' };
  const [, word = 'unavailable', detail = 'The connection to the console is lost.'] =
    /^([a-z_-]+): (.*)$/.exec(reason) ?? [];
  const status = code > STATUS_BASE ? code - STATUS_BASE : 503;
  return { kind: 'error', error: new ApiError(status, { code: word, detail, hint: HINTS[word] ?? '' }) };
}

const HINTS: Readonly<Record<string, string>> = {
  'too-slow': 'Open it again; `vman vm logs` shows what was missed.',
  leaving: 'Open it again in a moment.',
  lost: 'Open it again; `vman doctor` tells whether the host is heard.',
  unavailable: 'Open it again; `vman doctor` tells what is wrong.',
  invalid_state: '`vman vm get` shows its state, `vman vm start` starts it.',
};
