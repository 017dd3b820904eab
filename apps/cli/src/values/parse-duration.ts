import { InvalidArgumentError } from 'commander';

const FACTOR: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Milliseconds of `90`, `90s`, `5m` or `1h`; a bare number is seconds. */
export function parseDuration(text: string): number {
  const [, number = '', unit = 's'] = /^(\d{1,7})(ms|s|m|h)?$/.exec(text) ?? [];
  if (number === '') throw new InvalidArgumentError('It must be a time, such as 90s, 5m or 1h.');
  return Number(number) * (FACTOR[unit] ?? 1000);
}
