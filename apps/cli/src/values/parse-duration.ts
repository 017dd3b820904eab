import { InvalidArgumentError } from 'commander';

const FACTOR: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of `90`, `90s`, `5m`, `1h` or `7d`; a bare number is seconds. */
export function parseDuration(text: string): number {
  const [, number = '', unit = 's'] = /^(\d{1,7})(ms|s|m|h|d)?$/.exec(text) ?? [];
  if (number === '') throw new InvalidArgumentError('It must be a time, such as 90s, 5m, 1h or 7d.');
  return Number(number) * (FACTOR[unit] ?? 1000);
}
