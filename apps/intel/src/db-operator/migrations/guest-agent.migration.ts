import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What is known of the agent in each guest. */
export class GuestAgent1763850100000 implements MigrationInterface {
  name = 'GuestAgent1763850100000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE vms ADD COLUMN guest_agent jsonb');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE vms DROP COLUMN guest_agent');
  }
}
