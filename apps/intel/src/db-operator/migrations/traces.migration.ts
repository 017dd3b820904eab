import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The trace that an operation belongs to: what is done for it on a host is logged under it. */
export class Traces1764300000000 implements MigrationInterface {
  name = 'Traces1764300000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE operations ADD COLUMN traceparent text');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE operations DROP COLUMN traceparent');
  }
}
