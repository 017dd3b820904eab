import type { ExitSummaryView, ExitView } from '#libs/contracts/http';
import type { ExitRow, FullExitRow } from '../db-operator/index.js';

export function exitSummaryView(row: ExitRow): ExitSummaryView {
  return {
    sequence: row.sequence,
    reason: row.reason,
    status: row.status,
    startedAt: row.launchedAt.toISOString(),
    at: row.at.toISOString(),
    startGeneration: row.startGeneration,
    pid: row.pid,
    host: { id: row.hostId, name: row.hostName },
  };
}

export function exitView(row: FullExitRow): ExitView {
  return {
    ...exitSummaryView(row),
    serialTail: row.serialTail.toString('utf8'),
    stderrTail: row.stderrTail.toString('utf8'),
    qmpEvents: row.qmpEvents.map(({ name, atMs, data }) => ({
      name,
      data,
      at: new Date(atMs).toISOString(),
    })),
  };
}
