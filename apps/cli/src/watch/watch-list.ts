/**
 * A list that is live: it is read anew whenever an event says that something has changed, not every few seconds. On a
 * terminal it is drawn in place; elsewhere it is printed once, and then a line for each thing that changed.
 */
import type { VmanClient } from '#libs/client';
import { dataText, type Look, listText } from '../output/print.js';
import { cellsOf, table } from '../output/table.js';
import type { Session } from '../session.js';
import { safeText } from '../terminal/safe-text.js';
import { HOME_AND_CLEAR } from '../terminal/terminal.js';
import { type ListChange, listChanges, type Shown } from './list-changes.js';

export async function watchList<T>(
  session: Session,
  client: VmanClient,
  read: (signal: AbortSignal) => Promise<T[]>,
  look: Look<T>,
): Promise<void> {
  const { out, interrupt: signal } = session.terminal;
  const { format } = session;
  const people = format === 'table' || format === 'wide';
  if (out.isTty && people) {
    for await (const items of client.events.watch(read, { signal })) {
      out.write(`${HOME_AND_CLEAR}${await listText(items, look, session.page())}`);
    }
  }
  const since = session.page().nowMs;
  let before: { shown: Shown<T>; items: T[] } | undefined;
  for await (const items of client.events.watch(read, { signal })) {
    // Times are compared as they were at the start: that they go on is no change.
    const shown: Shown<T> = new Map(
      items.map((item) => [look.name(item), { item, text: textOf(item, look, format, since) }]),
    );
    if (before === undefined && people) out.write(await listText(items, look, session.page()));
    else {
      for (const change of listChanges(before?.shown ?? new Map(), shown)) {
        out.write(await changeText(change, look, session, before?.items ?? []));
      }
    }
    before = { shown, items: before?.items ?? items };
  }
}

function textOf<T>(item: T, look: Look<T>, format: Session['format'], nowMs: number): string {
  switch (format) {
    case 'table':
    case 'wide':
    case 'name':
      return cellsOf(item, look.columns, { wide: format === 'wide', nowMs }).join('\n');
    case 'json':
    case 'yaml':
      return JSON.stringify(item);
  }
}

async function changeText<T>(
  { change, item }: ListChange<T>,
  look: Look<T>,
  session: Session,
  like: readonly T[],
): Promise<string> {
  const { format } = session;
  switch (format) {
    case 'json':
      return `${JSON.stringify({ change, item })}\n`;
    case 'yaml':
      return `---\n${await dataText({ change, item }, format)}`;
    case 'name':
      return change === 'removed' ? '' : `${look.name(item)}\n`;
    case 'table':
    case 'wide': {
      if (change === 'removed') return `${safeText(look.name(item))}  is gone\n`;
      const { out, nowMs } = session.page();
      return table([item], look.columns, { wide: format === 'wide', colour: out.colour, nowMs, like });
    }
  }
}
