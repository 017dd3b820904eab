/**
 * Jobs that were started together, such as the copies of all disks of one VM. They end together too: the first that
 * fails fails them all. The events of QEMU tell when to look, and a look now and then tells how far they are; what
 * counts is always the list of jobs, which needs `auto-dismiss` to be off. Whoever leaves early ends them by `endJobs`.
 */
import type { QmpClient } from './qmp-client.js';
import type { JobInfo } from './qmp-commands.js';
import { QmpClosedError } from './qmp-errors.js';
import { QmpJobError } from './run-job.js';

const LOOK_MS = 500;
/** QEMU answers late while its main loop drains a slow disk. */
const ANSWER_MS = 30_000;

interface FollowOptions {
  /** Ends the following; the jobs go on. */
  signal: AbortSignal;
  /** Bytes that are done, and all there are as far as QEMU knows. */
  onProgress?: (doneBytes: number, totalBytes: number) => void;
}

/**
 * Resolves once all of them concluded without a fault. Throws QmpJobError with the words of the first that failed,
 * QmpClosedError, QmpTimeoutError, or the reason of the signal.
 */
export async function followJobs(
  client: QmpClient,
  jobIds: readonly string[],
  { signal, onProgress }: FollowOptions,
): Promise<void> {
  for (;;) {
    const changed = nextChange(client, jobIds, signal);
    try {
      const jobs = await jobsOf(client, jobIds);
      const failed = jobs.find((job) => job.error !== undefined && job.status === 'concluded');
      if (failed) throw new QmpJobError(failed.id, failed.error ?? '');
      signal.throwIfAborted();
      if (jobs.every((job) => job.status === 'concluded')) return;
      onProgress?.(sum(jobs, 'current-progress'), sum(jobs, 'total-progress'));
      await changed.reached;
    } finally {
      changed.stop();
    }
    if (!client.isOpen) throw new QmpClosedError('the jobs: the monitor is closed', 'eof');
  }
}

/** Cancels what still runs, waits until all concluded, and dismisses them. */
export async function endJobs(client: QmpClient, jobIds: readonly string[]): Promise<void> {
  for (;;) {
    const changed = nextChange(client, jobIds);
    try {
      const jobs = await jobsOf(client, jobIds);
      for (const { id, status } of jobs) {
        const command = status === 'concluded' ? 'job-dismiss' : 'job-cancel';
        // It may conclude, or be gone, between the look and the command.
        await client.execute(command, { id }, { timeoutMs: ANSWER_MS }).catch(unlessClosed(client));
      }
      if (jobs.every((job) => job.status === 'concluded')) return;
      await changed.reached;
    } finally {
      changed.stop();
    }
  }
}

async function jobsOf(client: QmpClient, jobIds: readonly string[]): Promise<JobInfo[]> {
  const jobs = await client.execute('query-jobs', undefined, { timeoutMs: ANSWER_MS });
  return jobs.filter((job) => jobIds.includes(job.id));
}

function unlessClosed(client: QmpClient): (error: unknown) => void {
  return (error) => {
    if (!client.isOpen) throw error;
  };
}

const sum = (jobs: JobInfo[], field: 'current-progress' | 'total-progress'): number =>
  jobs.reduce((total, job) => total + job[field], 0);

/** The next thing that may have changed a job, or the time for a look. */
function nextChange(
  client: QmpClient,
  jobIds: readonly string[],
  signal?: AbortSignal,
): { reached: Promise<void>; stop: () => void } {
  let stop = () => {};
  const reached = new Promise<void>((resolve) => {
    const ring = () => resolve();
    const timer = setTimeout(ring, LOOK_MS);
    const stopEvents = client.on('JOB_STATUS_CHANGE', ({ id, status }) => {
      if (jobIds.includes(id) && status === 'concluded') ring();
    });
    const stopClosed = client.onClosed(ring);
    signal?.addEventListener('abort', ring);
    stop = () => {
      clearTimeout(timer);
      stopEvents();
      stopClosed();
      signal?.removeEventListener('abort', ring);
    };
  });
  return { reached, stop: () => stop() };
}
