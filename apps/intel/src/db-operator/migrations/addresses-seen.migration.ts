import type { MigrationInterface, QueryRunner } from 'typeorm';

/** When a guest showed an address of its own last. */
export class AddressesSeen1764000900000 implements MigrationInterface {
  name = 'AddressesSeen1764000900000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
ALTER TABLE addresses ADD COLUMN last_seen_at timestamptz CHECK (last_seen_at IS NULL OR state = 'held')`);
    await runner.query(restAddresses('last_seen_at = NULL,'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(restAddresses(''));
    await runner.query('ALTER TABLE addresses DROP COLUMN last_seen_at');
  }
}

const restAddresses = (forget: string) => `
CREATE OR REPLACE FUNCTION rest_addresses_of_nic() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE addresses SET vm_id = NULL, nic_id = NULL, ${forget}
    state = CASE WHEN kept THEN 'reserved' ELSE 'resting' END,
    released_at = CASE WHEN kept THEN NULL ELSE now() END
  WHERE nic_id = OLD.id;
  RETURN OLD;
END $$`;
