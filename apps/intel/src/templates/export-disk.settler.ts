import type { Failure } from '#libs/contracts';
import type { OperationEntity, Tx } from '../db-operator/index.js';

/** The host's answer to the export of a disk; the template is ready before a good one comes. */
export const settleExport = {
  async succeeded(tx: Tx, operation: OperationEntity): Promise<void> {
    await fail(tx, operation, { code: 'upload_interrupted', message: 'The host sent no image.' });
  },
  failed: fail,
};

/** Nothing happens to a template that is ready. */
async function fail(tx: Tx, { resourceId }: OperationEntity, { code, message }: Failure): Promise<void> {
  if (!resourceId) return;
  const change = { state: 'failed', digest: null, errorCode: code, errorMessage: message } as const;
  await tx.templates.updateImporting(resourceId, change);
}
