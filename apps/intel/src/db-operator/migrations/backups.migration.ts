import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Backups of VMs, and disks that are made of them before they take the place of others. */
export class Backups1763900400000 implements MigrationInterface {
  name = 'Backups1763900400000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE backups (
        id uuid PRIMARY KEY,
        project text NOT NULL,
        vm_id uuid NOT NULL,
        vm_name text NOT NULL,
        pool_id uuid NOT NULL REFERENCES pools (id) ON DELETE RESTRICT,
        host_id uuid NOT NULL,
        parent_id uuid,
        requested_kind text NOT NULL CHECK (requested_kind IN ('full', 'incremental')),
        kind text NOT NULL CHECK (kind IN ('full', 'incremental')),
        "freeze" text NOT NULL CHECK ("freeze" IN ('auto', 'always', 'never')),
        state text NOT NULL CHECK (state IN ('creating', 'ready', 'failed', 'damaged', 'deleting')),
        fallback_reason text NOT NULL DEFAULT '',
        consistency text CHECK (consistency IN ('crash-consistent', 'frozen', 'off')),
        failure_code text NOT NULL DEFAULT '',
        failure_message text NOT NULL DEFAULT '',
        spec jsonb NOT NULL,
        disks jsonb NOT NULL,
        file_bytes bigint NOT NULL DEFAULT 0,
        operation_id uuid NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        taken_at timestamptz,
        verified_at timestamptz
      )`);
    await runner.query('CREATE INDEX backups_vm ON backups (vm_id, pool_id)');
    await runner.query('CREATE INDEX backups_parent ON backups (parent_id) WHERE parent_id IS NOT NULL');
    await this.presences(runner, `'attached', 'detached', 'leaving', 'removed', 'freeing', 'restoring'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE backups');
    await runner.query(`UPDATE disks SET presence = 'removed' WHERE presence = 'restoring'`);
    await this.presences(runner, `'attached', 'detached', 'leaving', 'removed', 'freeing'`);
  }

  private async presences(runner: QueryRunner, words: string): Promise<void> {
    await runner.query(`
      ALTER TABLE disks
        DROP CONSTRAINT disks_presence_check,
        ADD CONSTRAINT disks_presence_check CHECK (presence IN (${words}))`);
  }
}
