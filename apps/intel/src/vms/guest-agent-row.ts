import type { VmReport } from '#libs/contracts';
import type { GuestAgentRow } from '../db-operator/index.js';

/**
 * What is remembered of the agent in a guest. A guest whose agent answered in its last run is expected to have one in
 * this run; a guest that never had one is not waited for. Pure.
 */
export function guestAgentRow(before: GuestAgentRow | null, report: VmReport): GuestAgentRow | null {
  const told = report.guestAgent;
  if (report.pid === 0) return before && { ...before, seen: null };
  if (!before && !told) return null;
  const run =
    before?.pid === report.pid
      ? before
      : { pid: report.pid, expected: before?.answered ?? false, answered: false, seen: null };
  if (!told) return { ...run, seen: null };
  // A restart of the operator is no transition of the agent.
  const sinceMs = run.seen?.state === told.state ? run.seen.sinceMs : told.sinceMs;
  return { ...run, answered: run.answered || told.state === 'connected', seen: { ...told, sinceMs } };
}

/** Is the guest still coming up, as far as its agent tells? */
export const waitsForAgent = (row: GuestAgentRow | null) => row?.expected === true && !row.answered;
