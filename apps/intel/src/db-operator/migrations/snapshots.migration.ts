import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Snapshots of VMs, what a VM is being restored to, and VMs that wait for a snapshot to be copied from. */
export class Snapshots1763900300000 implements MigrationInterface {
  name = 'Snapshots1763900300000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE snapshots (
        id uuid PRIMARY KEY,
        vm_id uuid NOT NULL REFERENCES vms (id) ON DELETE CASCADE,
        project text NOT NULL,
        name text NOT NULL,
        description text NOT NULL DEFAULT '',
        parent_id uuid REFERENCES snapshots (id) ON DELETE SET NULL,
        memory boolean NOT NULL,
        "freeze" text NOT NULL CHECK ("freeze" IN ('auto', 'always', 'never')),
        state text NOT NULL CHECK (state IN ('creating', 'ready', 'deleting', 'failed')),
        consistency text CHECK (consistency IN ('crash-consistent', 'frozen', 'memory', 'stopped')),
        bytes bigint,
        taken_at timestamptz,
        disks jsonb NOT NULL,
        machine jsonb NOT NULL,
        temporary boolean NOT NULL DEFAULT false,
        failure_code text NOT NULL DEFAULT '',
        failure_message text NOT NULL DEFAULT '',
        created_at timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query(
      `CREATE UNIQUE INDEX snapshots_name ON snapshots (vm_id, name) WHERE state <> 'failed'`,
    );
    await runner.query('CREATE INDEX snapshots_newest ON snapshots (created_at, id)');
    await runner.query(`
      ALTER TABLE vms
        ADD COLUMN restore jsonb,
        ADD COLUMN current_snapshot_id uuid REFERENCES snapshots (id) ON DELETE SET NULL,
        ADD COLUMN source_snapshot_id uuid,
        ADD COLUMN held boolean NOT NULL DEFAULT false`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE vms DROP COLUMN restore, DROP COLUMN current_snapshot_id, DROP COLUMN source_snapshot_id,
        DROP COLUMN held`);
    await runner.query('DROP TABLE snapshots');
  }
}
