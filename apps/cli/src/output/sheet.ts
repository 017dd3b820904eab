import { type Colour, paint } from '../terminal/colour.js';
import { safeText } from '../terminal/safe-text.js';

/** A fact about one thing; several values go below each other. One without a value is left out. */
export interface Fact {
  name: string;
  value: string | readonly string[] | undefined;
  colour?: Colour;
}

/** Names on the left, values in one column on the right. */
export function sheet(facts: readonly Fact[], colour: boolean): string {
  const shown = facts
    .map((fact) => ({ ...fact, lines: linesOf(fact.value) }))
    .filter(({ lines }) => lines.length > 0);
  const width = Math.max(0, ...shown.map(({ name }) => name.length)) + 2;
  return shown
    .flatMap((fact) =>
      fact.lines.map((line, index) => {
        const name = index === 0 ? `${fact.name}:` : '';
        return `${name.padEnd(width)}${paint(safeText(line), fact.colour, colour)}\n`;
      }),
    )
    .join('');
}

function linesOf(value: Fact['value']): string[] {
  if (value === undefined) return [];
  return (typeof value === 'string' ? [value] : [...value])
    .flatMap((text) => text.split('\n'))
    .filter(Boolean);
}
