/**
 * Snapshots, backups and mirrors are jobs: the command that starts one answers at once, and success or failure
 * stands only in the job once it has concluded. A concluded job stays until it is dismissed. This waits for the
 * conclusion by events, looks once by itself in case the job was faster than the answer, and always dismisses.
 */
import type { QmpClient } from './qmp-client.js';
import type { JobInfo } from './qmp-commands.js';
import { QmpClosedError, QmpError, QmpTimeoutError } from './qmp-errors.js';

/** The job ran and failed; `desc` has QEMU's words. */
export class QmpJobError extends Error {
  override readonly name = 'QmpJobError';

  constructor(
    readonly jobId: string,
    readonly desc: string,
  ) {
    super(`job ${jobId}: ${desc}`);
  }
}

export interface RunJobOptions {
  timeoutMs: number;
  /** What to do when the job is ready and waits (mirror, commit); default: complete it. */
  onReady?: () => Promise<unknown>;
}

async function findJob(client: QmpClient, jobId: string): Promise<JobInfo | undefined> {
  return (await client.execute('query-jobs')).find((job) => job.id === jobId);
}

interface Conclusion {
  reached: Promise<void>;
  stopWatching: () => void;
}

function watchJob(client: QmpClient, jobId: string, options: RunJobOptions): Conclusion {
  const { timeoutMs, onReady = () => client.execute('job-complete', { id: jobId }) } = options;
  let stopWatching = (): void => {};
  const reached = new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new QmpTimeoutError(`job ${jobId}`, timeoutMs)), timeoutMs);
    const stop = client.on('JOB_STATUS_CHANGE', ({ id, status }) => {
      if (id !== jobId) return;
      if (status === 'ready') onReady().catch(reject);
      if (status === 'concluded' || status === 'null') resolve();
    });
    const stopWatchingClose = client.onClosed((reason) =>
      reject(new QmpClosedError(`job ${jobId}: the monitor is closed`, reason)),
    );
    stopWatching = () => {
      clearTimeout(timer);
      stop();
      stopWatchingClose();
    };
  });
  // When the start command fails, nobody looks at this promise any more.
  reached.catch(() => {});
  return { reached, stopWatching };
}

/**
 * Starts a job by `start` (a command with that job id), waits until it concluded and dismisses it. Throws
 * QmpJobError when it failed, QmpTimeoutError after cancelling it, QmpError when it could not be started.
 */
export async function runJob(
  client: QmpClient,
  jobId: string,
  start: () => Promise<unknown>,
  options: RunJobOptions,
): Promise<void> {
  const { reached, stopWatching } = watchJob(client, jobId, options);
  try {
    await start();
    if ((await findJob(client, jobId))?.status !== 'concluded') await reached;
    await finishJob(client, jobId);
  } catch (error) {
    if (error instanceof QmpTimeoutError && client.isOpen) await abandonJob(client, jobId);
    throw error;
  } finally {
    stopWatching();
  }
}

async function finishJob(client: QmpClient, jobId: string): Promise<void> {
  const job = await findJob(client, jobId);
  if (job === undefined) return;
  await client.execute('job-dismiss', { id: jobId });
  if (job.error !== undefined) throw new QmpJobError(jobId, job.error);
}

/** Asks the job to stop; it concludes when it can, and is dismissed then. */
async function abandonJob(client: QmpClient, jobId: string): Promise<void> {
  const stop = client.on('JOB_STATUS_CHANGE', ({ id, status }) => {
    if (id !== jobId || status !== 'concluded') return;
    stop();
    client.execute('job-dismiss', { id: jobId }).catch(() => {});
  });
  try {
    await client.execute('job-cancel', { id: jobId });
  } catch (error) {
    if (!(error instanceof QmpError || error instanceof QmpTimeoutError)) throw error;
  }
}
