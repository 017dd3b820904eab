const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `45s`, `12m`, `3h`, `9d`: the largest unit is enough. */
export function duration(ms: number): string {
  const positive = Math.max(0, ms);
  if (positive < MINUTE) return `${Math.floor(positive / SECOND)}s`;
  if (positive < 2 * HOUR) return `${Math.floor(positive / MINUTE)}m`;
  if (positive < 2 * DAY) return `${Math.floor(positive / HOUR)}h`;
  return `${Math.floor(positive / DAY)}d`;
}

/** How long ago a time of the API was. */
export function age(time: string | undefined, nowMs: number): string {
  return time === undefined ? '' : duration(nowMs - Date.parse(time));
}

/** The time itself and how long ago it was. */
export function moment(time: string | undefined, nowMs: number): string | undefined {
  return time === undefined ? undefined : `${time} (${age(time, nowMs)} ago)`;
}

/** 1536 MiB is `1.5 GiB`. */
export function mebibytes(mib: number): string {
  return bytes(mib * 1024 * 1024);
}

export function bytes(count: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = count;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${Number(value.toFixed(1))} ${units[unit]}`;
}

/** Milliseconds as a person would say them. */
export function took(ms: number): string {
  return ms < SECOND ? `${Math.round(ms)} ms` : `${(ms / SECOND).toFixed(1)} s`;
}

export function labels(map: Readonly<Record<string, string>>): string {
  return Object.entries(map)
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join(',');
}
