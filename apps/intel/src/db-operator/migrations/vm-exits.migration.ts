import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Death certificates of QEMU processes, and the disks that hold a guest up. */
export class VmExits1763850000000 implements MigrationInterface {
  name = 'VmExits1763850000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(VM_EXITS);
    await runner.query(`ALTER TABLE vms ADD COLUMN disk_faults jsonb NOT NULL DEFAULT '[]'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE vm_exits');
    await runner.query('ALTER TABLE vms DROP COLUMN disk_faults');
  }
}

const VM_EXITS = `
CREATE TABLE vm_exits (
  vm_id uuid NOT NULL REFERENCES vms (id) ON DELETE CASCADE,
  host_id uuid NOT NULL REFERENCES hosts (id) ON DELETE CASCADE,
  sequence bigint NOT NULL CHECK (sequence >= 1),
  reason text NOT NULL,
  status text NOT NULL,
  launched_at timestamptz NOT NULL,
  at timestamptz NOT NULL,
  start_generation bigint NOT NULL,
  pid bigint NOT NULL,
  launch_id text NOT NULL,
  serial_tail bytea NOT NULL,
  stderr_tail bytea NOT NULL,
  qmp_events jsonb NOT NULL,
  PRIMARY KEY (vm_id, host_id, sequence)
);
CREATE INDEX vm_exits_newest ON vm_exits (vm_id, at)`;
