import { WAIT_SECONDS_MAX } from '#libs/contracts/http';

/** Milliseconds that `Prefer: wait=30` asks for, at most WAIT_SECONDS_MAX; 0 when it asks for none. */
export function waitOf(prefer: string | undefined): number {
  const seconds = Number(/(?:^|[,;\s])wait=(\d{1,5})(?:$|[,;\s])/.exec(prefer ?? '')?.[1] ?? 0);
  return Math.min(seconds, WAIT_SECONDS_MAX) * 1000;
}
