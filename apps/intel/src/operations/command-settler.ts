import type { CommandResult, Failure } from '#libs/contracts';
import type { OperationEntity, Tx } from '../db-operator/index.js';

/** What an action leaves in the database once it has ended. */
export interface CommandSettler {
  succeeded(tx: Tx, operation: OperationEntity, result: CommandResult | undefined): Promise<void>;
  /** Also when its deadline passed without an answer. */
  failed(tx: Tx, operation: OperationEntity, failure: Failure): Promise<void>;
}
