import type { MigrationInterface, QueryRunner } from 'typeorm';

/** QEMU processes of a host that belong to no VM, and how the host confines the others. */
export class HostFacts1763850500000 implements MigrationInterface {
  name = 'HostFacts1763850500000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `ALTER TABLE hosts ADD COLUMN orphans jsonb NOT NULL DEFAULT '[]', ADD COLUMN confinement jsonb`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE hosts DROP COLUMN orphans, DROP COLUMN confinement');
  }
}
