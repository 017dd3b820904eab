import type { Fault } from '../fault.js';
import { whileAwaited } from '../ground/in-database.js';

/** Every change writes into it within its transaction. */
const TABLE = 'operations';

export const intelBeforeCommit: Fault = {
  id: 'A7',
  name: 'intel killed inside a transaction of a change, before its commit',
  async happen({ stack }) {
    const { intel, database } = stack;
    await whileAwaited(database.url, { table: TABLE, mode: 'SHARE' }, async (holder) => {
      await intel.end('SIGKILL');
      await holder.query('ROLLBACK');
    });
    intel.start();
    await intel.ready();
    return '';
  },
};
