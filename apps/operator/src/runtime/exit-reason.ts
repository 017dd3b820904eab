import type { ExitReason, QmpEventRecord } from '#libs/contracts';

/** The witnesses of an end. The end alone is a crash; a SHUTDOWN event before it says more. */
export interface ExitWitnesses {
  /** The last events of its monitor, oldest first. */
  events?: QmpEventRecord[];
  /** QEMU's last word before its end. */
  shutdown?: { guest: boolean; reason: string };
  /** We were ending it. */
  requested: boolean;
  /** It had to end because its lease was not renewed. */
  fenced?: boolean;
  /** How our own child ended; an adopted process has no such witness. */
  status?: { code: number | null; signal: string | null };
  /** The kernel ended it because memory ran out. */
  outOfMemory?: boolean;
  /** It ran in another boot of the host. */
  otherBoot: boolean;
  /** Nobody watched when it ended: then QEMU's own clearing up (its pid file is gone) tells an orderly end. */
  unwatched?: { clearedUp: boolean; log: string };
}

const TERMINATED = 'terminating on signal';

/** Why did a QEMU process end? */
export function exitReason(witnesses: ExitWitnesses): ExitReason {
  const { shutdown, requested, fenced, status, outOfMemory, otherBoot, unwatched } = witnesses;
  if (otherBoot) return 'host-reboot';
  if (fenced) return 'fenced';
  if (outOfMemory) return 'out-of-memory';
  if (requested) return 'requested';
  if (shutdown) return ofShutdown(shutdown);
  if (status?.signal === 'SIGKILL' || status?.signal === 'SIGTERM') return 'killed';
  if (unwatched?.clearedUp) return unwatched.log.includes(TERMINATED) ? 'killed' : 'guest-shutdown';
  return 'crash';
}

function ofShutdown({ guest, reason }: { guest: boolean; reason: string }): ExitReason {
  if (reason === 'guest-reset') return 'guest-reset';
  if (reason === 'guest-panic') return 'guest-panic';
  return guest ? 'guest-shutdown' : 'killed';
}

/** The last words of a process for its record: "code 1", "signal SIGKILL"; empty when nobody saw it. */
export function describeStatus(status: ExitWitnesses['status']): string {
  if (!status) return '';
  return status.signal ? `signal ${status.signal}` : `code ${status.code}`;
}
