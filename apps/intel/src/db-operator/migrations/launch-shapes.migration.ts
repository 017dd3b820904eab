import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Screen, watchdog and the order of starts after a reboot of the host. */
export class LaunchShapes1763850300000 implements MigrationInterface {
  name = 'LaunchShapes1763850300000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE vms
        ADD COLUMN vnc boolean NOT NULL DEFAULT false,
        ADD COLUMN watchdog text NOT NULL DEFAULT 'none' CHECK (watchdog IN ('none', 'reset', 'poweroff')),
        ADD COLUMN boot_priority integer NOT NULL DEFAULT 0 CHECK (boot_priority BETWEEN 0 AND 1000)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE vms DROP COLUMN vnc, DROP COLUMN watchdog, DROP COLUMN boot_priority');
  }
}
