/** What whoever started the process wants to hear of it. These are systemd's names, not settings of ours. */
export interface Supervision {
  /** It listens for signs. */
  listens: boolean;
  /** It ends the process when no sign of life comes for so long; undefined: it never does. */
  watchdogMs: number | undefined;
}

export function readSupervision(env: NodeJS.ProcessEnv = process.env): Supervision {
  const listens = Boolean(env.NOTIFY_SOCKET);
  const micros = Number(env.WATCHDOG_USEC);
  const forUs = env.WATCHDOG_PID === undefined || env.WATCHDOG_PID === String(process.pid);
  return { listens, watchdogMs: listens && forUs && micros > 0 ? micros / 1000 : undefined };
}
