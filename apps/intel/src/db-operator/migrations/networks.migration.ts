import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Networks, what of them is free, and who holds the rest. */
export class Networks1763900600000 implements MigrationInterface {
  name = 'Networks1763900600000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [NETWORKS, USER_NETWORK, FREE_RANGES, ADDRESSES, NICS, REST]) {
      await runner.query(statement);
    }
    await runner.query('ALTER TABLE hosts ADD COLUMN network_abilities jsonb');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE hosts DROP COLUMN network_abilities');
    await runner.query('DROP TRIGGER nics_rest_addresses ON nics');
    await runner.query('DROP FUNCTION rest_addresses_of_nic');
    await runner.query('ALTER TABLE nics DROP COLUMN network_id');
    await runner.query('DROP TABLE addresses, free_ranges, networks');
  }
}

/** Two managed networks with common addresses could not live on one host. */
const NETWORKS = `
CREATE TABLE networks (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  project text NOT NULL DEFAULT '',
  kind text NOT NULL CHECK (kind IN ('user', 'bridge', 'managed')),
  bridge text NOT NULL DEFAULT '',
  vlan integer NOT NULL DEFAULT 0 CHECK (vlan BETWEEN 0 AND 4094),
  cidr_v4 cidr CHECK (family(cidr_v4) = 4),
  gateway_v4 inet CHECK (gateway_v4 << cidr_v4),
  cidr_v6 cidr CHECK (family(cidr_v6) = 6),
  gateway_v6 inet CHECK (gateway_v6 << cidr_v6),
  dns text[] NOT NULL DEFAULT '{}',
  mtu integer NOT NULL DEFAULT 0,
  domain text NOT NULL DEFAULT '',
  dhcp boolean NOT NULL DEFAULT false,
  nat boolean NOT NULL DEFAULT false,
  anti_spoofing boolean NOT NULL DEFAULT false,
  ranges text[] NOT NULL DEFAULT '{}',
  reserved text[] NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (project, name),
  CONSTRAINT networks_no_overlap_v4 EXCLUDE USING gist (cidr_v4 inet_ops WITH &&) WHERE (kind = 'managed'),
  CONSTRAINT networks_no_overlap_v6 EXCLUDE USING gist (cidr_v6 inet_ops WITH &&) WHERE (kind = 'managed')
)`;

const USER_NETWORK = `
INSERT INTO networks (id, name, kind, cidr_v4, gateway_v4, dns, dhcp, nat)
VALUES ('00000000-0000-7000-8000-000000000001', 'user', 'user', '10.0.2.0/24', '10.0.2.2', '{10.0.2.3}', true, true)`;

/** A range is known by its end, since its beginning moves on: no index entry changes when an address is taken. */
const FREE_RANGES = `
CREATE TABLE free_ranges (
  network_id uuid NOT NULL REFERENCES networks (id) ON DELETE CASCADE,
  family smallint NOT NULL,
  automatic boolean NOT NULL,
  next inet NOT NULL,
  last inet NOT NULL,
  PRIMARY KEY (network_id, family, last),
  CHECK (next <= last)
) WITH (fillfactor = 50);
CREATE INDEX free_ranges_automatic ON free_ranges (network_id, family, last) WHERE automatic`;

const ADDRESSES = `
CREATE TABLE addresses (
  id uuid PRIMARY KEY,
  network_id uuid NOT NULL REFERENCES networks (id) ON DELETE RESTRICT,
  project text NOT NULL,
  family smallint NOT NULL,
  address inet NOT NULL,
  automatic boolean NOT NULL,
  state text NOT NULL CHECK (state IN ('held', 'reserved', 'resting')),
  kept boolean NOT NULL DEFAULT false,
  source text NOT NULL CHECK (source IN ('static', 'dhcp')),
  vm_id uuid,
  nic_id uuid,
  note text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL DEFAULT now(),
  released_at timestamptz,
  CONSTRAINT addresses_one_holder UNIQUE (network_id, address),
  CHECK ((state = 'held') = (nic_id IS NOT NULL)),
  CHECK ((state = 'held') = (vm_id IS NOT NULL)),
  CHECK ((state = 'resting') = (released_at IS NOT NULL))
);
CREATE INDEX addresses_of_vm ON addresses (vm_id) WHERE vm_id IS NOT NULL;
CREATE INDEX addresses_of_nic ON addresses (nic_id) WHERE nic_id IS NOT NULL;
CREATE INDEX addresses_resting ON addresses (network_id, released_at) WHERE state = 'resting'`;

const NICS = `
ALTER TABLE nics ADD COLUMN network_id uuid REFERENCES networks (id) ON DELETE RESTRICT;
CREATE INDEX nics_of_network ON nics (network_id) WHERE network_id IS NOT NULL`;

/** Whoever removes a NIC, alone or with its VM: its addresses are let go in the same transaction. */
const REST = `
CREATE FUNCTION rest_addresses_of_nic() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE addresses SET vm_id = NULL, nic_id = NULL,
    state = CASE WHEN kept THEN 'reserved' ELSE 'resting' END,
    released_at = CASE WHEN kept THEN NULL ELSE now() END
  WHERE nic_id = OLD.id;
  RETURN OLD;
END $$;
CREATE TRIGGER nics_rest_addresses AFTER DELETE ON nics FOR EACH ROW EXECUTE FUNCTION rest_addresses_of_nic()`;
