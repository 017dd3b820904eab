import type { OperationView } from '#libs/contracts/http';
import type { Version } from '../http/index.js';
import { visibleOperation } from './find-operation.js';
import { operationView } from './operation-view.js';

/** How far it is changes by itself; whether it has ended is what a caller may count on. */
export const operationVersion: Version<OperationView> = {
  noun: 'operation',
  read: async (tx, caller, id) =>
    operationView(await visibleOperation(caller, id, (it) => tx.operations.get(it))),
  rows: ({ id }) => [{ table: 'operations', id }],
  counts: ({ id, status, mayCancel, generation, error }) => [id, status, mayCancel, generation, error],
};
