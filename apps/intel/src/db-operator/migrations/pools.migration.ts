import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Pools as the hosts report them, and disks as resources of their own. */
export class Pools1763900100000 implements MigrationInterface {
  name = 'Pools1763900100000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE pools (
        id uuid PRIMARY KEY,
        name text NOT NULL,
        kind text NOT NULL CHECK (kind IN ('dir', 'shared-dir')),
        capacity_bytes bigint NOT NULL DEFAULT 0,
        free_bytes bigint NOT NULL DEFAULT 0,
        reserved_bytes bigint NOT NULL DEFAULT 0 CHECK (reserved_bytes >= 0),
        overcommit_percent integer NOT NULL DEFAULT 400 CHECK (overcommit_percent >= 1),
        watermark_percent integer NOT NULL DEFAULT 90 CHECK (watermark_percent BETWEEN 1 AND 100),
        created_at timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query(`
      CREATE TABLE host_pools (
        host_id uuid NOT NULL REFERENCES hosts (id) ON DELETE CASCADE,
        pool_id uuid NOT NULL REFERENCES pools (id) ON DELETE CASCADE,
        name text NOT NULL,
        available boolean NOT NULL,
        reason text NOT NULL DEFAULT '',
        PRIMARY KEY (host_id, pool_id)
      )`);
    await runner.query(`
      ALTER TABLE disks
        ALTER COLUMN vm_id DROP NOT NULL,
        DROP CONSTRAINT disks_presence_check,
        ADD CONSTRAINT disks_presence_check
          CHECK (presence IN ('attached', 'detached', 'leaving', 'removed', 'freeing')),
        ADD COLUMN project text NOT NULL DEFAULT 'default',
        ADD COLUMN name text NOT NULL DEFAULT '',
        ADD COLUMN labels jsonb NOT NULL DEFAULT '{}',
        ADD COLUMN host_id uuid REFERENCES hosts (id) ON DELETE RESTRICT,
        ADD COLUMN pool_id uuid REFERENCES pools (id) ON DELETE RESTRICT,
        ADD COLUMN state text NOT NULL DEFAULT 'available'
          CHECK (state IN ('creating', 'available', 'deleting', 'failed')),
        ADD COLUMN failure_code text NOT NULL DEFAULT '',
        ADD COLUMN failure_message text NOT NULL DEFAULT '',
        ADD COLUMN made boolean NOT NULL DEFAULT false,
        ADD COLUMN growing_to_bytes bigint,
        ADD COLUMN cache text,
        ADD COLUMN discard text,
        ADD COLUMN io_limits jsonb,
        ADD COLUMN origin jsonb,
        ADD COLUMN keep_on_delete boolean NOT NULL DEFAULT false,
        ADD COLUMN created_at timestamptz NOT NULL DEFAULT now()`);
    await runner.query(
      `UPDATE disks d SET project = v.project, host_id = v.host_id, created_at = v.created_at
       FROM vms v WHERE v.id = d.vm_id`,
    );
    await runner.query(`CREATE UNIQUE INDEX disks_name ON disks (project, name) WHERE name <> ''`);
    await runner.query('CREATE INDEX disks_host ON disks (host_id)');
    await runner.query('CREATE INDEX disks_pool ON disks (pool_id)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DELETE FROM disks WHERE vm_id IS NULL');
    await runner.query(`UPDATE disks SET presence = 'detached' WHERE presence = 'freeing'`);
    await runner.query(`
      ALTER TABLE disks
        ALTER COLUMN vm_id SET NOT NULL,
        DROP CONSTRAINT disks_presence_check,
        ADD CONSTRAINT disks_presence_check
          CHECK (presence IN ('attached', 'detached', 'leaving', 'removed')),
        DROP COLUMN project, DROP COLUMN name, DROP COLUMN labels, DROP COLUMN host_id, DROP COLUMN pool_id,
        DROP COLUMN state, DROP COLUMN failure_code, DROP COLUMN failure_message, DROP COLUMN made,
        DROP COLUMN growing_to_bytes, DROP COLUMN cache, DROP COLUMN discard, DROP COLUMN io_limits,
        DROP COLUMN origin, DROP COLUMN keep_on_delete, DROP COLUMN created_at`);
    await runner.query('DROP TABLE host_pools, pools');
  }
}
