import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The feed of events. */
export class Facts1763900010000 implements MigrationInterface {
  name = 'Facts1763900010000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE SEQUENCE fact_numbers');
    await runner.query(`
      CREATE TABLE facts (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        number bigint UNIQUE,
        at timestamptz NOT NULL DEFAULT now(),
        type text NOT NULL,
        project text,
        resource_kind text NOT NULL,
        resource_id uuid NOT NULL,
        resource_name text NOT NULL,
        generation bigint,
        old text NOT NULL,
        new text NOT NULL,
        cause text NOT NULL,
        operation_id uuid,
        request_id text NOT NULL
      )`);
    await runner.query('CREATE INDEX facts_unnumbered ON facts (id) WHERE number IS NULL');
    await runner.query('CREATE INDEX facts_of_resource ON facts (resource_id, number)');
    await runner.query('CREATE INDEX facts_age ON facts (at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE facts');
    await runner.query('DROP SEQUENCE fact_numbers');
  }
}
