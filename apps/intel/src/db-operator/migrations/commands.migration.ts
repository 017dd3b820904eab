import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Operations of resources other than VMs, with what their command says. */
export class Commands1763900000000 implements MigrationInterface {
  name = 'Commands1763900000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE operations
        ADD COLUMN resource_kind text,
        ADD COLUMN resource_id uuid,
        ADD COLUMN command_body jsonb,
        ADD COLUMN progress integer CHECK (progress BETWEEN 0 AND 100)`);
    await runner.query(`CREATE INDEX operations_of_resource ON operations (resource_id, queued_at)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE operations DROP COLUMN resource_kind, DROP COLUMN resource_id, DROP COLUMN command_body,
        DROP COLUMN progress`);
  }
}
