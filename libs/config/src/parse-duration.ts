import type { ParseResult } from './parse-result.js';

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `30s` to 30000. */
export function parseDuration(text: string, minMs: number, maxMs: number): ParseResult {
  const instead = `write a time from ${showDuration(minMs)} to ${showDuration(maxMs)}, such as 500ms, 30s, 5m, 2h`;
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text);
  if (match === null) return { ok: false, problem: 'is not a duration', instead };
  const value = Math.round(Number(match[1]) * (UNIT_MS[match[2] ?? 'ms'] ?? 1));
  return value >= minMs && value <= maxMs
    ? { ok: true, value }
    : { ok: false, problem: 'is out of range', instead };
}

/** 30000 to `30s`: the largest unit without a fraction. */
export function showDuration(ms: number): string {
  const unit = ['d', 'h', 'm', 's'].find((u) => ms % (UNIT_MS[u] ?? 1) === 0 && ms > 0) ?? 'ms';
  return `${ms / (UNIT_MS[unit] ?? 1)}${unit}`;
}
