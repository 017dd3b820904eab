import { describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { createTestDatabase } from './create-test-database.js';

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('a database of a test', () => {
  it('is a clone of the template, which is migrated once, and shares nothing with its siblings', async () => {
    let migrations = 0;
    const migrate = async (url: string) => {
      migrations++;
      await query(url, 'CREATE TABLE thing (id int)');
    };
    const options = { migrate, template: 'create-test-database' };
    const [one, other] = await Promise.all([createTestDatabase(options), createTestDatabase(options)]);
    await query(one.url, 'INSERT INTO thing VALUES (1)');
    expect(await query(one.url, 'SELECT id FROM thing')).toEqual([{ id: 1 }]);
    expect(await query(other.url, 'SELECT id FROM thing')).toEqual([]);
    expect(migrations).toBe(1);
    await one.drop();
    await other.drop();
    await expect(query(one.url, 'SELECT 1')).rejects.toThrow('does not exist');
  });

  it('is migrated again when the first try failed half-way', async () => {
    let tries = 0;
    const migrate = async (url: string) => {
      await query(url, 'CREATE TABLE half (id int)');
      if (tries++ === 0) throw new Error('half a migration');
    };
    const options = { migrate, template: 'half' };
    await expect(createTestDatabase(options)).rejects.toThrow('half a migration');
    const database = await createTestDatabase(options);
    expect(await query(database.url, 'SELECT id FROM half')).toEqual([]);
    await database.drop();
  });

  it('is empty without a migration, and goes although somebody is connected', async () => {
    const database = await createTestDatabase();
    const client = new Client({ connectionString: database.url });
    client.on('error', () => {});
    await client.connect();
    expect((await client.query("SELECT * FROM pg_tables WHERE schemaname = 'public'")).rows).toEqual([]);
    await database.drop();
    await client.end().catch(() => {});
  });
});
