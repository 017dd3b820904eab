import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Headroom, balloon and what is plugged of a VM; disks and NICs on their way out of it. */
export class HotChanges1763850400000 implements MigrationInterface {
  name = 'HotChanges1763850400000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE vms
        ADD COLUMN max_vcpus integer,
        ADD COLUMN max_memory_mib integer,
        ADD COLUMN balloon_mib integer,
        ADD COLUMN unplug_timeout_ms bigint,
        ADD COLUMN plugged jsonb`);
    await runner.query(`
      ALTER TABLE disks
        ADD COLUMN presence text NOT NULL DEFAULT 'attached'
          CHECK (presence IN ('attached', 'detached', 'leaving', 'removed')),
        ADD COLUMN presence_generation bigint NOT NULL DEFAULT 0`);
    await runner.query(`
      ALTER TABLE nics
        ADD COLUMN presence text NOT NULL DEFAULT 'attached' CHECK (presence IN ('attached', 'leaving')),
        ADD COLUMN presence_generation bigint NOT NULL DEFAULT 0`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['disks', 'nics']) {
      await runner.query(`ALTER TABLE ${table} DROP COLUMN presence, DROP COLUMN presence_generation`);
    }
    await runner.query(`
      ALTER TABLE vms DROP COLUMN max_vcpus, DROP COLUMN max_memory_mib, DROP COLUMN balloon_mib,
        DROP COLUMN unplug_timeout_ms, DROP COLUMN plugged`);
  }
}
