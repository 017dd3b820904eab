import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tickets that open one console each; gone with their token or VM. */
export class Consoles1763901500000 implements MigrationInterface {
  name = 'Consoles1763901500000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE console_tickets (
        sha256 text PRIMARY KEY,
        token_id uuid NOT NULL REFERENCES tokens ON DELETE CASCADE,
        vm_id uuid NOT NULL REFERENCES vms ON DELETE CASCADE,
        kind text NOT NULL CHECK (kind IN ('serial', 'screen')),
        replay_bytes integer NOT NULL,
        expires_at timestamptz NOT NULL
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE console_tickets');
  }
}
