/** The time so many milliseconds from now, as the API takes it. */
export function timeAfter(nowMs: number, ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(nowMs + ms).toISOString();
}
