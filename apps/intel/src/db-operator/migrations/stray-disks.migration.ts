import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Files of disks that no row knows, and rows of disks whose files are gone. */
export class StrayDisks1764140400000 implements MigrationInterface {
  name = 'StrayDisks1764140400000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE stray_disks (
        disk_id uuid PRIMARY KEY,
        pool_id uuid NOT NULL REFERENCES pools (id) ON DELETE CASCADE,
        host_id uuid NOT NULL REFERENCES hosts (id) ON DELETE CASCADE,
        file_bytes bigint NOT NULL,
        size_bytes bigint NOT NULL,
        first_seen_at timestamptz NOT NULL DEFAULT now(),
        last_seen_at timestamptz NOT NULL DEFAULT now(),
        quarantined_at timestamptz,
        operation_id uuid
      )`);
    await runner.query('CREATE INDEX stray_disks_pool ON stray_disks (pool_id)');
    await runner.query('ALTER TABLE disks ADD COLUMN missing_since timestamptz');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE disks DROP COLUMN missing_since');
    await runner.query('DROP TABLE stray_disks');
  }
}
