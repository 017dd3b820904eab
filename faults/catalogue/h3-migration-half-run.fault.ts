import type { Client } from 'pg';
import { freePort } from '#libs/testing';
import { makeDataSource } from '../../apps/intel/src/db-operator/data-source.js';
import type { Fault } from '../fault.js';
import type { Ground } from '../ground/ground.js';
import { inDatabase, whileAwaited } from '../ground/in-database.js';

/** The migration that is run in part. It and what came since are taken back first, and the one before it too. */
const BEGUN = 'Lists1764500000000';
/** It ends with an index of this table. */
const LAST_TABLE = 'facts';
/** What it makes, as a person who began to run it by hand would have. */
const BY_HAND = 'ALTER TABLE hosts ADD COLUMN told_state text';

export const migrationHalfRun: Fault = {
  id: 'H3',
  name: 'a migration half run: intel killed in the middle of it, or a part of it made by hand',
  async happen(ground, random) {
    const { stack } = ground;
    await stack.intel.end('SIGKILL');
    const url = stack.database.url;
    const all = await takeBack(url);
    const byHand = random.chance(0.5);
    const detail = byHand
      ? await refusedByIntel(ground, url)
      : await killedInside(ground, url, random.chance(0.5));
    // Two at once: one does what is left, the other waits for it.
    const second = stack.intel.replica(await freePort(), ground.wires.settings('intel'));
    for (const intel of [stack.intel, second]) intel.start();
    await Promise.all([stack.intel.ready(), second.ready()]);
    await second.end('SIGTERM');
    const now = await inDatabase(url, (database) => migrations(database));
    if (now.join() !== all.join()) throw new Error(`the migrations were ${all.join()}, are ${now.join()}`);
    return detail;
  },
};

/** As a database is before an upgrade; gives the migrations that it had. */
async function takeBack(url: string): Promise<string[]> {
  const all = await inDatabase(url, (database) => migrations(database));
  const source = await makeDataSource(url, new Set()).initialize();
  try {
    for (const _ of all.slice(all.indexOf(BEGUN) - 1))
      await source.undoLastMigration({ transaction: 'each' });
  } finally {
    await source.destroy();
  }
  return all;
}

/** Somebody holds a table that the migration needs last, so that nearly all of it has run when intel dies. */
async function killedInside({ stack, postgres }: Ground, url: string, databaseToo: boolean): Promise<string> {
  const lock = { table: LAST_TABLE, mode: 'ROW EXCLUSIVE', begin: () => stack.intel.start() };
  await whileAwaited(url, lock, async (holder) => {
    await stack.intel.end('SIGKILL');
    if (!databaseToo) await holder.query('ROLLBACK');
    else await postgres.end('SIGKILL');
  });
  if (databaseToo) await postgres.start();
  return `killed inside ${BEGUN}${databaseToo ? ', the database too' : ''}`;
}

/** It says which migration it is and keeps nothing of it; once a person took the part away, it goes on. */
async function refusedByIntel({ stack }: Ground, url: string): Promise<string> {
  await inDatabase(url, (database) => database.query(BY_HAND));
  const before = stack.intel.log.length;
  stack.intel.start();
  await stack.intel.gone();
  if (!stack.intel.exitCode) throw new Error('intel took tables that were half made by hand');
  if (!stack.intel.log.slice(before).includes(`migration ${BEGUN} failed`))
    throw new Error(`intel did not say that the migration ${BEGUN} failed`);
  await inDatabase(url, (database) => database.query(BY_HAND.replace(/ADD (COLUMN \w+).*/, 'DROP $1')));
  return `a part of ${BEGUN} made by hand`;
}

async function migrations(database: Client): Promise<string[]> {
  const { rows } = await database.query<{ name: string }>('SELECT name FROM migrations ORDER BY id, name');
  return rows.map(({ name }) => name);
}
