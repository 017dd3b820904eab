import { VmanError } from '#libs/errors';
import type { OperationEntity } from '../db-operator/index.js';
import type { Caller } from '../http/index.js';

const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** The operation if this caller may know of it; a foreign one is like an absent one. */
export async function visibleOperation(
  caller: Caller,
  id: string,
  read: (id: string) => Promise<OperationEntity | undefined>,
): Promise<OperationEntity> {
  const operation = UUID.test(id) ? await read(id) : undefined;
  if (!operation || (caller.project !== null && operation.project !== caller.project)) {
    throw new VmanError('not_found', 'There is no such operation.');
  }
  return operation;
}
