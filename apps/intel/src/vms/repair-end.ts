import type { OperationEnd } from '../db-operator/index.js';

/** What is known of a VM after a host's report. */
export interface SeenRun {
  pid: number;
  /** The last exit, and the last one that a repair answered; 0 when there was none. */
  exitSeq: number;
  repairedExitSeq: number;
  failureCode: string;
  failureMessage: string;
  /** Whether it shall run at all. */
  wanted: boolean;
}

/**
 * How the repair of one exit ended; undefined while it is still to come. A repair that the VM did not wait for, since
 * somebody started, stopped or deleted it meanwhile, is overtaken: its host refuses it, and no report will name it. Pure.
 */
export function repairEnd(exitSeq: number, seen: SeenRun): OperationEnd | undefined {
  const { pid, failureCode, failureMessage, wanted } = seen;
  const wentOn = pid > 0 || seen.exitSeq > exitSeq;
  if (seen.repairedExitSeq >= exitSeq && (wentOn || failureCode !== '')) {
    return failureCode === ''
      ? { status: 'succeeded' }
      : { status: 'failed', code: failureCode, message: failureMessage };
  }
  if (seen.exitSeq < exitSeq || (wanted && !wentOn)) return undefined;
  const message = 'The VM was started, stopped or deleted before the repair was made.';
  return { status: 'cancelled', code: 'superseded', message, successorId: null };
}
