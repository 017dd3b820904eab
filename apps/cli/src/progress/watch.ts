import { setTimeout as sleep } from 'node:timers/promises';
import type { Terminal } from '../terminal/terminal.js';

const EVERY_MS = 2_000;
const HOME_AND_CLEAR = '\u001b[H\u001b[J';

/** Shows the text again and again until Ctrl-C: in place on a terminal, elsewhere each time that it changed. */
export async function watch(
  terminal: Terminal,
  render: () => Promise<string>,
  everyMs = EVERY_MS,
): Promise<never> {
  const { out, interrupt } = terminal;
  let before: string | undefined;
  for (;;) {
    const text = await render();
    interrupt.throwIfAborted();
    if (out.isTty) out.write(`${HOME_AND_CLEAR}${text}`);
    else if (text !== before) out.write(before === undefined ? text : `\n${text}`);
    before = text;
    await sleep(everyMs, undefined, { signal: interrupt }).catch(() => interrupt.throwIfAborted());
  }
}
