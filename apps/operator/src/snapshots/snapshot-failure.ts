import { VmanError } from '#libs/errors';
import { QmpError, QmpJobError } from '#libs/qemu';
import { isInterruption } from '../reconcile/to-failure.js';

const FULL = /No space left on device|Disk quota exceeded/;

/** What kept QEMU from doing it, as an error that everybody knows. */
export function snapshotFailure(error: unknown): unknown {
  if (isInterruption(error)) {
    return new VmanError('unavailable', 'QEMU ended or did not answer meanwhile.', { cause: error });
  }
  if (!(error instanceof QmpError || error instanceof QmpJobError)) return error;
  if (FULL.test(error.desc)) {
    return new VmanError('storage_full', 'There is no space left for the snapshot.', { cause: error });
  }
  return new VmanError('hypervisor_error', error.desc, { cause: error });
}
