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

interface How<T> {
  wide: boolean;
  colour: boolean;
  nowMs: number;
  /** The table that this goes on with: its columns, and no header any more. */
  like?: readonly T[];
}

/** What a table shows of one thing. */
export function cellsOf<T>(
  item: T,
  columns: readonly Column<T>[],
  { wide, nowMs }: Pick<How<T>, 'wide' | 'nowMs'>,
): string[] {
  return columns
    .filter((column) => wide || !column.wide)
    .map((column) => oneLine(column.value(item, nowMs)) || NOTHING);
}

/** Lines of equal columns by the cells that the text takes, without blanks at their ends. */
export async function table<T>(
  items: readonly T[],
  columns: readonly Column<T>[],
  how: How<T>,
): Promise<string> {
  const shown = columns.filter((column) => how.wide || !column.wide);
  const rows = items.map((item) => cellsOf(item, columns, how));
  const measured = how.like ? [...rows, ...how.like.map((item) => cellsOf(item, columns, how))] : rows;
  const width = await widthOf([...shown.map(({ header }) => header), ...measured.flat()]);
  const widths = shown.map(({ header }, index) =>
    Math.max(width(header), ...measured.map((row) => width(row[index] ?? ''))),
  );
  const pad = (text: string, index: number) =>
    index === shown.length - 1 ? '' : ' '.repeat((widths[index] ?? 0) - width(text));
  const head = shown.map(({ header }, index) => paint(header, 'bold', how.colour) + pad(header, index));
  const body = rows.map((row, at) =>
    row.map((text, index) => {
      const item = items[at];
      const colour = item === undefined ? undefined : shown[index]?.colour?.(item);
      return paint(text, colour, how.colour) + pad(text, index);
    }),
  );
  return [...(how.like ? [] : [head]), ...body].map((cells) => `${cells.join(GAP)}\n`).join('');
}

const oneLine = (text: string) => safeText(text).replace(/\s+/g, ' ');

/** Loading the tables of Unicode takes longer than all the rest: only text that needs them gets them. */
async function widthOf(texts: readonly string[]): Promise<(text: string) => number> {
  if (texts.every((text) => /^[ -~]*$/.test(text))) return (text) => text.length;
  return (await import('string-width')).default;
}
