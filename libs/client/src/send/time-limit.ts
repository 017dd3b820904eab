/** What a request may take beyond the time it asked the server to wait. */
const ANSWER_MS = 15_000;

/** Milliseconds that one try may take: a long poll has the seconds of its `wait` or `timeout` more. */
export function timeLimitOf(url: string): number {
  const query = new URL(url).searchParams;
  const seconds = Number.parseInt(query.get('wait') ?? query.get('timeout') ?? '0', 10);
  return ANSWER_MS + (Number.isNaN(seconds) ? 0 : seconds * 1000);
}
