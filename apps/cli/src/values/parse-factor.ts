import { InvalidArgumentError } from 'commander';

/** A number that need not be whole: 1.5. */
export function parseFactor(text: string): number {
  if (!/^\d+(\.\d+)?$/.test(text)) throw new InvalidArgumentError('It is a number such as 1.5.');
  return Number(text);
}
