import { Client } from 'pg';
import { waitFor } from '#libs/testing';

/** Does the work over a connection of its own, which no fault of the wires touches. */
export async function inDatabase<T>(url: string, work: (database: Client) => Promise<T>): Promise<T> {
  const database = new Client({ connectionString: url });
  // It may be killed under this.
  database.on('error', () => {});
  await database.connect();
  try {
    return await work(database);
  } finally {
    await database.end().catch(() => {});
  }
}

/** Holds a table in this mode until `work` is over, which begins once somebody else waits for the table. */
export async function whileAwaited<T>(
  url: string,
  { table, mode, begin }: { table: string; mode: string; begin?: () => void },
  work: (holder: Client) => Promise<T>,
): Promise<T> {
  return inDatabase(url, async (holder) => {
    await holder.query(`BEGIN; LOCK TABLE ${table} IN ${mode} MODE`);
    begin?.();
    await waitFor(() => inDatabase(url, (database) => isAwaited(database, table)), {
      timeoutMs: 60_000,
      everyMs: 20,
      what: `somebody waits for the table ${table}`,
    });
    return work(holder);
  });
}

async function isAwaited(database: Client, table: string): Promise<boolean> {
  const waiting = 'SELECT 1 FROM pg_locks WHERE NOT granted AND relation = $1::regclass';
  return ((await database.query(waiting, [table])).rowCount ?? 0) > 0;
}
