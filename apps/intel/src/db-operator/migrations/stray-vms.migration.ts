import type { MigrationInterface, QueryRunner } from 'typeorm';

/** VMs that a host has and that no row knows, as after an older database was restored. */
export class StrayVms1764410000000 implements MigrationInterface {
  name = 'StrayVms1764410000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE stray_vms (
        vm_id uuid PRIMARY KEY,
        host_id uuid NOT NULL REFERENCES hosts (id) ON DELETE CASCADE,
        state text NOT NULL,
        first_seen_at timestamptz NOT NULL DEFAULT now(),
        last_seen_at timestamptz NOT NULL DEFAULT now()
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE stray_vms');
  }
}
