import type { Output } from '../terminal/terminal.js';
import type { Format } from './formats.js';
import { type Fact, sheet } from './sheet.js';
import { type Column, table } from './table.js';

/** How a kind of thing is shown. */
export interface Look<T> {
  columns: readonly Column<T>[];
  facts(item: T, nowMs: number): readonly Fact[];
  /** What another command takes to name it. */
  name(item: T): string;
}

export interface Page {
  out: Output;
  format: Format;
  nowMs: number;
}

/** A list as text. */
export async function listText<T>(items: readonly T[], look: Look<T>, page: Page): Promise<string> {
  switch (page.format) {
    case 'table':
    case 'wide':
      return table(items, look.columns, {
        wide: page.format === 'wide',
        colour: page.out.colour,
        nowMs: page.nowMs,
      });
    case 'name':
      return items.map((item) => `${look.name(item)}\n`).join('');
    case 'json':
    case 'yaml':
      return dataText(items, page.format);
  }
}

/** One thing as text. */
export async function itemText<T>(item: T, look: Look<T>, page: Page): Promise<string> {
  switch (page.format) {
    case 'table':
      return sheet(look.facts(item, page.nowMs), page.out.colour);
    case 'wide':
      return listText([item], look, page);
    case 'name':
      return `${look.name(item)}\n`;
    case 'json':
    case 'yaml':
      return dataText(item, page.format);
  }
}

/** Exactly what the API gave. */
export async function dataText(data: unknown, format: 'json' | 'yaml'): Promise<string> {
  if (format === 'json') return `${JSON.stringify(data, null, 2)}\n`;
  const { stringify } = await import('yaml');
  return stringify(data, { lineWidth: 0, aliasDuplicateObjects: false });
}
