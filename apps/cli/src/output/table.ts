import stringWidth from 'string-width';
import { type Colour, paint } from '../terminal/colour.js';
import { safeText } from '../terminal/safe-text.js';

/** One column of a list. */
export interface Column<T> {
  header: string;
  /** Nothing to show is the empty text. */
  value(item: T, nowMs: number): string;
  colour?(item: T): Colour | undefined;
  /** Only shown by `-o wide`. */
  wide?: true;
}

const GAP = '  ';
const NOTHING = '-';

/** Lines of equal columns by the cells that the text takes, without blanks at their ends. */
export function table<T>(
  items: readonly T[],
  columns: readonly Column<T>[],
  how: { wide: boolean; colour: boolean; nowMs: number },
): string {
  const shown = columns.filter((column) => how.wide || !column.wide);
  const rows = items.map((item) => shown.map((column) => oneLine(column.value(item, how.nowMs)) || NOTHING));
  const widths = shown.map(({ header }, index) =>
    Math.max(stringWidth(header), ...rows.map((row) => stringWidth(row[index] ?? ''))),
  );
  const pad = (text: string, index: number) =>
    index === shown.length - 1 ? '' : ' '.repeat((widths[index] ?? 0) - stringWidth(text));
  const head = shown.map(({ header }, index) => paint(header, 'bold', how.colour) + pad(header, index));
  const body = rows.map((row, at) =>
    row.map((text, index) => {
      const item = items[at];
      const colour = item === undefined ? undefined : shown[index]?.colour?.(item);
      return paint(text, colour, how.colour) + pad(text, index);
    }),
  );
  return [head, ...body].map((cells) => `${cells.join(GAP)}\n`).join('');
}

const oneLine = (text: string) => safeText(text).replace(/\s+/g, ' ');
