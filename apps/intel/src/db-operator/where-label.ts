import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';

/** `key`: it has the label; `key=value`: with this value; several, comma separated, must all hold. */
export function whereLabel<T extends ObjectLiteral>(
  query: SelectQueryBuilder<T>,
  column: string,
  selector: string,
): void {
  for (const [index, term] of selector.split(',').entries()) {
    const at = term.indexOf('=');
    const key = `label${index}`;
    if (at < 0) query.andWhere(`jsonb_exists(${column}, :${key})`, { [key]: term });
    else {
      const pair = JSON.stringify({ [term.slice(0, at)]: term.slice(at + 1) });
      query.andWhere(`${column} @> :${key}::jsonb`, { [key]: pair });
    }
  }
}
