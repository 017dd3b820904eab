import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What each guest is told at its first boot, and how that went. */
export class CloudInit1763900500000 implements MigrationInterface {
  name = 'CloudInit1763900500000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE vms ADD COLUMN cloud_init jsonb, ADD COLUMN cloud_init_result jsonb');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE vms DROP COLUMN cloud_init, DROP COLUMN cloud_init_result');
  }
}
