import { InvalidArgumentError } from 'commander';

const PATTERN = /^(\d+(?:\.\d+)?)\s*(MiB|M|GiB|G|TiB|T)?$/i;

/** Mebibytes of `512`, `512MiB`, `2GiB` or `1.5G`; a bare number has the unit given. */
export function parseMebibytes(text: string, bareUnit: 'MiB' | 'GiB' = 'MiB'): number {
  const [, number = '', unit = bareUnit] = PATTERN.exec(text.trim()) ?? [];
  const mib = Number(number) * factorOf(unit);
  if (number === '' || !Number.isInteger(mib) || mib === 0) {
    throw new InvalidArgumentError('It must be a size, such as 512MiB or 2GiB.');
  }
  return mib;
}

/** Gibibytes of `10`, `10GiB` or `1TiB`. */
export function parseGibibytes(text: string): number {
  const gib = parseMebibytes(text, 'GiB') / 1024;
  if (!Number.isInteger(gib)) throw new InvalidArgumentError('It must be whole GiB, such as 10GiB.');
  return gib;
}

function factorOf(unit: string): number {
  const letter = unit[0]?.toUpperCase();
  if (letter === 'T') return 1024 * 1024;
  return letter === 'G' ? 1024 : 1;
}
