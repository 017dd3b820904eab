import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who a host is, what was asked of it, and VMs that move from one host to another. */
export class Failover1763901600000 implements MigrationInterface {
  name = 'Failover1763901600000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [HOSTS, UPKEEP, VMS, DEPARTURES, ...OUTBOX]) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DELETE FROM outbox WHERE kind = 'released'`);
    await runner.query(`ALTER TABLE outbox DROP CONSTRAINT outbox_kind_check,
      ADD CONSTRAINT outbox_kind_check CHECK (kind IN ('desired', 'command', 'purge', 'seed-marker'))`);
    await runner.query('DROP TABLE vm_departures');
    await runner.query(
      'ALTER TABLE vms DROP COLUMN failover_pool_id, DROP COLUMN failover_generation, DROP COLUMN lease',
    );
    await runner.query(`ALTER TABLE hosts DROP COLUMN upkeep, DROP COLUMN machine_id, DROP COLUMN incarnation,
      DROP COLUMN refused`);
  }
}

const HOSTS = `
ALTER TABLE hosts
  ADD COLUMN upkeep text NOT NULL DEFAULT 'open'
    CHECK (upkeep IN ('open', 'cordoned', 'draining', 'maintenance')),
  ADD COLUMN machine_id text,
  ADD COLUMN incarnation text,
  ADD COLUMN refused jsonb`;
const UPKEEP = `UPDATE hosts SET upkeep = 'cordoned' WHERE cordoned`;
const VMS = `
ALTER TABLE vms
  ADD COLUMN failover_pool_id uuid REFERENCES pools (id) ON DELETE RESTRICT,
  ADD COLUMN failover_generation bigint NOT NULL DEFAULT 0,
  ADD COLUMN lease jsonb`;
/** Hosts that have yet to say that a VM which moved is not there any more; also when the VM is deleted meanwhile. */
const DEPARTURES = `
CREATE TABLE vm_departures (
  vm_id uuid NOT NULL,
  host_id uuid NOT NULL REFERENCES hosts (id) ON DELETE CASCADE,
  generation bigint NOT NULL,
  desired jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (vm_id, host_id)
);
CREATE INDEX vm_departures_host ON vm_departures (host_id)`;
const OUTBOX = [
  'ALTER TABLE outbox DROP CONSTRAINT outbox_kind_check',
  `ALTER TABLE outbox ADD CONSTRAINT outbox_kind_check
     CHECK (kind IN ('desired', 'released', 'command', 'purge', 'seed-marker'))`,
];
