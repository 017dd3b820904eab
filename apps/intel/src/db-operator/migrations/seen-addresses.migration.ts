import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What each guest shows on its NICs, one row an address, so that it can be listed and found by others: kept by the
 * database with every change of what the agent told, whoever writes it.
 */
export class SeenAddresses1764400000000 implements MigrationInterface {
  name = 'SeenAddresses1764400000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [TABLE, AS_INET, LIST, TRIGGER, FILL]) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TRIGGER vms_list_seen_addresses ON vms');
    await runner.query('DROP FUNCTION list_seen_addresses, inet_or_null');
    await runner.query('DROP TABLE seen_addresses');
  }
}

/** Without a network: of the user network, where every guest has the same address. */
const TABLE = `
CREATE TABLE seen_addresses (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  vm_id uuid NOT NULL REFERENCES vms (id) ON DELETE CASCADE,
  nic_id uuid NOT NULL REFERENCES nics (id) ON DELETE CASCADE,
  network_id uuid REFERENCES networks (id) ON DELETE CASCADE,
  address inet NOT NULL,
  prefix smallint NOT NULL,
  since timestamptz NOT NULL DEFAULT now(),
  UNIQUE (nic_id, address)
);
CREATE INDEX seen_addresses_of_vm ON seen_addresses (vm_id);
CREATE INDEX seen_addresses_in_network ON seen_addresses (network_id, address) WHERE network_id IS NOT NULL`;

/** A guest may say anything. */
const AS_INET = `
CREATE FUNCTION inet_or_null(said text) RETURNS inet LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  RETURN set_masklen(said::inet, CASE family(said::inet) WHEN 4 THEN 32 ELSE 128 END);
EXCEPTION WHEN others THEN
  RETURN NULL;
END $$`;

const LIST = `
CREATE FUNCTION list_seen_addresses() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  WITH shown AS (
    SELECT DISTINCT ON (c.id, s.address) c.id AS nic_id,
      CASE c.kind WHEN 'user' THEN NULL ELSE c.network_id END AS network_id, s.address, s.prefix
    FROM jsonb_array_elements(NEW.guest_agent #> '{seen,interfaces}') AS i
      JOIN nics c ON c.vm_id = NEW.id AND c.mac = lower(i ->> 'mac'),
      LATERAL (SELECT inet_or_null(a ->> 'address') AS address, (a ->> 'prefix')::smallint AS prefix
               FROM jsonb_array_elements(i -> 'addresses') AS a) AS s
    WHERE s.address IS NOT NULL AND NOT s.address << '169.254.0.0/16' AND NOT s.address << 'fe80::/10'),
  gone AS (
    DELETE FROM seen_addresses o WHERE o.vm_id = NEW.id
      AND NOT EXISTS (SELECT 1 FROM shown s WHERE s.nic_id = o.nic_id AND s.address = o.address))
  INSERT INTO seen_addresses (vm_id, nic_id, network_id, address, prefix)
  SELECT NEW.id, nic_id, network_id, address, prefix FROM shown ON CONFLICT (nic_id, address) DO NOTHING;
  RETURN NEW;
END $$`;

const TRIGGER = `
CREATE TRIGGER vms_list_seen_addresses AFTER UPDATE OF guest_agent ON vms FOR EACH ROW
WHEN (OLD.guest_agent #> '{seen,interfaces}' IS DISTINCT FROM NEW.guest_agent #> '{seen,interfaces}')
EXECUTE FUNCTION list_seen_addresses()`;

const FILL = `
DO $$
DECLARE vm record;
BEGIN
  FOR vm IN SELECT id, guest_agent FROM vms WHERE guest_agent #> '{seen,interfaces}' IS NOT NULL LOOP
    UPDATE vms SET guest_agent = NULL WHERE id = vm.id;
    UPDATE vms SET guest_agent = vm.guest_agent WHERE id = vm.id;
  END LOOP;
END $$`;
