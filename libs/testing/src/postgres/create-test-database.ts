/**
 * A database of its own for each test file, cloned from a template in a few milliseconds. The cluster is one for the
 * whole run and starts when the first test asks (see keeper/). The template is migrated once, by whichever worker
 * comes first; the others wait for it at an advisory lock.
 */
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { askKeeper } from '../keeper/ask-keeper.js';
import { waitFor } from '../wait-for.js';

export interface TestDatabaseOptions {
  /** Brings an empty database to the shape the test needs; must close what it opens. */
  migrate?: (url: string) => Promise<void>;
  /** Tells templates apart when test files migrate differently. Default `migrated`. */
  template?: string;
}

export interface TestDatabase {
  url: string;
  /** Also ends what is still connected. */
  drop(): Promise<void>;
}

const TEMPLATE_LOCK = 7_041_970;
const OBJECT_IN_USE = '55006';

export async function createTestDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const admin = await askKeeper('postgres');
  const name = `test_${randomBytes(6).toString('hex')}`;
  const template = options.migrate
    ? await ensureTemplate(admin, options.template ?? 'migrated', options.migrate)
    : 'template1';
  await withClient(admin, (client) =>
    waitFor(() => clone(client, name, template), { timeoutMs: 20_000, what: `${template} is at rest` }),
  );
  return {
    url: inDatabase(admin, name),
    drop: () =>
      withClient(admin, async (client) => {
        await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      }),
  };
}

async function ensureTemplate(
  admin: string,
  label: string,
  migrate: (url: string) => Promise<void>,
): Promise<string> {
  const name = `template_${label.replaceAll(/[^a-z0-9]+/g, '_')}`;
  await withClient(admin, async (client) => {
    await client.query('SELECT pg_advisory_lock($1)', [TEMPLATE_LOCK]);
    const found = await client.query('SELECT datistemplate FROM pg_database WHERE datname = $1', [name]);
    if (found.rows[0]?.datistemplate) return;
    await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await client.query(`CREATE DATABASE ${name}`);
    await migrate(inDatabase(admin, name));
    await client.query(`ALTER DATABASE ${name} IS_TEMPLATE true`);
  });
  return name;
}

/** False while somebody is still connected to the template. */
async function clone(client: Client, name: string, template: string): Promise<boolean> {
  try {
    await client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === OBJECT_IN_USE) return false;
    throw error;
  }
}

async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function inDatabase(url: string, name: string): string {
  const result = new URL(url);
  result.pathname = `/${name}`;
  return result.href;
}
