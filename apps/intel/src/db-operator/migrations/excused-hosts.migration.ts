import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Hosts whose silence says nothing until then, since nobody listened. */
export class ExcusedHosts1764430000000 implements MigrationInterface {
  name = 'ExcusedHosts1764430000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE hosts ADD COLUMN excused_until timestamptz');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE hosts DROP COLUMN excused_until');
  }
}
