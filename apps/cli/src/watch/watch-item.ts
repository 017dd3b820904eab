import { ApiError, type VmanClient } from '#libs/client';
import { dataText, itemText, type Look } from '../output/print.js';
import { sheet } from '../output/sheet.js';
import { cellsOf } from '../output/table.js';
import type { Session } from '../session.js';
import { HOME_AND_CLEAR } from '../terminal/terminal.js';

/** One thing that is live, until it is gone: on no terminal it is printed once, and then what changed of it. */
export async function watchItem<T>(
  session: Session,
  client: VmanClient,
  read: () => Promise<T>,
  look: Look<T>,
): Promise<void> {
  const { out, interrupt: signal } = session.terminal;
  let before: T | undefined;
  const readOrGone = () =>
    read().catch((error: unknown) => {
      if (before !== undefined && error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    });
  const since = session.page().nowMs;
  for await (const item of client.events.watch(readOrGone, { signal })) {
    if (item === undefined) return session.terminal.err.write('It is gone.\n');
    const people = session.format === 'table' || session.format === 'wide';
    if (people && out.isTty) out.write(`${HOME_AND_CLEAR}${await itemText(item, look, session.page())}`);
    else out.write(await changeText(before, item, look, session, since));
    before = item;
  }
}

async function changeText<T>(
  before: T | undefined,
  item: T,
  look: Look<T>,
  session: Session,
  since: number,
): Promise<string> {
  const same = before !== undefined && JSON.stringify(before) === JSON.stringify(item);
  const page = session.page();
  switch (page.format) {
    case 'json':
      return same ? '' : `${JSON.stringify(item)}\n`;
    case 'yaml':
      return same ? '' : `---\n${await dataText(item, 'yaml')}`;
    case 'name':
      return same ? '' : `${look.name(item)}\n`;
    case 'wide': {
      const cells = (it: T) => cellsOf(it, look.columns, { wide: true, nowMs: since }).join('\n');
      return before !== undefined && cells(before) === cells(item) ? '' : itemText(item, look, page);
    }
    case 'table': {
      if (before === undefined) return itemText(item, look, page);
      const old = new Map(look.facts(before, since).map(({ name, value }) => [name, String(value)]));
      const changed = look.facts(item, since).filter(({ name, value }) => old.get(name) !== String(value));
      return sheet(changed, page.out.colour);
    }
  }
}
