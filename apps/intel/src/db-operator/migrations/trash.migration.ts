import type { MigrationInterface, QueryRunner } from 'typeorm';

/** VMs that are to be destroyed later, and when; NULL: never, or not in the trash. */
export class Trash1764420000000 implements MigrationInterface {
  name = 'Trash1764420000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE vms ADD COLUMN purge_at timestamptz, ADD COLUMN expires_at timestamptz');
    await runner.query('CREATE INDEX vms_to_purge ON vms (purge_at) WHERE purge_at IS NOT NULL');
    await runner.query('CREATE INDEX vms_to_expire ON vms (expires_at) WHERE expires_at IS NOT NULL');
    await runner.query(
      'ALTER TABLE projects ADD COLUMN trash_retention_seconds bigint CHECK (trash_retention_seconds >= 0)',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE projects DROP COLUMN trash_retention_seconds');
    await runner.query('ALTER TABLE vms DROP COLUMN purge_at, DROP COLUMN expires_at');
  }
}
