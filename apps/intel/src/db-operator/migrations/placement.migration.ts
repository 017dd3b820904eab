import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Labels and over-commit of hosts, and what VMs want of the place where they run. */
export class Placement1764000200000 implements MigrationInterface {
  name = 'Placement1764000200000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE hosts
        ADD COLUMN labels jsonb NOT NULL DEFAULT '{}',
        ADD COLUMN cpu_overcommit_percent integer NOT NULL DEFAULT 800 CHECK (cpu_overcommit_percent >= 1),
        ADD COLUMN memory_overcommit_percent integer NOT NULL DEFAULT 100 CHECK (memory_overcommit_percent >= 1)`);
    await runner.query('ALTER TABLE vms ADD COLUMN placement jsonb');
    await runner.query('CREATE INDEX vms_placement ON vms (project) WHERE placement IS NOT NULL');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX vms_placement');
    await runner.query('ALTER TABLE vms DROP COLUMN placement');
    await runner.query(`
      ALTER TABLE hosts
        DROP COLUMN labels,
        DROP COLUMN cpu_overcommit_percent,
        DROP COLUMN memory_overcommit_percent`);
  }
}
